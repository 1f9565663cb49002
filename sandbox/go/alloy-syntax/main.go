// Reads a configuration of Grafana Alloy with Alloy's own parser and prints it as JSON: blocks in their order, each with
// its attributes. Texts in attributes that are regular expressions are compiled as Alloy compiles them.
//
//	alloy-syntax <file> [<attribute that is a regular expression> ...]
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
	"github.com/grafana/alloy/syntax/token"
)

type block struct {
	Name       string         `json:"name"`
	Label      string         `json:"label"`
	Attributes map[string]any `json:"attributes"`
	Blocks     []block        `json:"blocks"`
}

// What Alloy finds out when it runs.
type expression struct {
	Expression string `json:"expression"`
}

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("usage: alloy-syntax <file> [<attribute> ...]"))
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	file, err := parser.ParseFile(os.Args[1], text)
	if err != nil {
		fail(err)
	}
	root, err := body(file.Body, os.Args[2:])
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(root.Blocks); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func body(statements ast.Body, patterns []string) (block, error) {
	result := block{Attributes: map[string]any{}, Blocks: []block{}}
	for _, statement := range statements {
		switch s := statement.(type) {
		case *ast.BlockStmt:
			inner, err := body(s.Body, patterns)
			if err != nil {
				return result, err
			}
			inner.Name, inner.Label = strings.Join(s.Name, "."), s.Label
			result.Blocks = append(result.Blocks, inner)
		case *ast.AttributeStmt:
			name := s.Name.Name
			if _, twice := result.Attributes[name]; twice {
				return result, fmt.Errorf("attribute %s is there twice", name)
			}
			found, err := value(s.Value)
			if err != nil {
				return result, err
			}
			if pattern, ok := found.(string); ok && slices.Contains(patterns, name) {
				if _, err := regexp.Compile(pattern); err != nil {
					return result, fmt.Errorf("%s: %w", name, err)
				}
			}
			result.Attributes[name] = found
		}
	}
	return result, nil
}

func value(of ast.Expr) (any, error) {
	switch e := of.(type) {
	case *ast.LiteralExpr:
		switch e.Kind {
		case token.STRING:
			return strconv.Unquote(e.Value)
		case token.NUMBER, token.FLOAT:
			return strconv.ParseFloat(e.Value, 64)
		case token.BOOL:
			return e.Value == "true", nil
		}
	case *ast.ArrayExpr:
		result := []any{}
		for _, element := range e.Elements {
			found, err := value(element)
			if err != nil {
				return nil, err
			}
			result = append(result, found)
		}
		return result, nil
	case *ast.ObjectExpr:
		result := map[string]any{}
		for _, field := range e.Fields {
			found, err := value(field.Value)
			if err != nil {
				return nil, err
			}
			result[field.Name.Name] = found
		}
		return result, nil
	}
	var text bytes.Buffer
	if err := printer.Fprint(&text, of); err != nil {
		return nil, err
	}
	return expression{text.String()}, nil
}
