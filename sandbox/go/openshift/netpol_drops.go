package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
)

const (
	remembered = time.Hour
	logGroup   = 128 // any number that no other program on the machine listens on
	// Of linux/netfilter/nfnetlink_log.h.
	messageType                        = unix.NFNL_SUBSYS_ULOG << 8
	messagePacket, messageConfig       = 0, 1
	attributeCommand, attributeMode    = 1, 2
	attributePayload, attributePrefix  = 9, 10
	commandBind, copyPacket, copyBytes = 1, 2, 128
)

// protocols are those with ports, by their number.
var protocols = map[int]string{unix.IPPROTO_TCP: "TCP", unix.IPPROTO_UDP: "UDP", unix.IPPROTO_SCTP: "SCTP"}

// dropKey is a flow that was refused. Its source port is left out: each attempt has another one.
type dropKey struct {
	From    string `json:"from"` // <namespace>/<pod>, or the address of somebody else
	To      string `json:"to"`
	Port    string `json:"port"`    // <port>/<protocol> of the target, behind its Service
	Refused string `json:"refused"` // "egress" of the source, "ingress" of the target; "unknown": an address without pod
}

// drop is a refused flow with how many packets it lost.
type drop struct {
	dropKey
	Policies []string  `json:"policies"` // those that isolate the pod which refused
	Packets  int       `json:"packets"`
	Last     time.Time `json:"last"`
}

// dropLog collects the packets that the rules drop, as the kernel reports them through NFLOG.
type dropLog struct {
	resolve func(address string, way direction) (name string, policies []string)
	mu      sync.Mutex
	drops   map[dropKey]*drop
}

// run listens until that fails.
func (l *dropLog) run() error {
	connection, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return err
	}
	defer connection.Close()
	data, _ := netlink.MarshalAttributes([]netlink.Attribute{ // only too long ones fail
		{Type: attributeCommand, Data: []byte{commandBind}},
		{Type: attributeMode, Data: append(binary.BigEndian.AppendUint32(nil, copyBytes), copyPacket, 0)},
	})
	if _, err := connection.Execute(netlink.Message{
		Header: netlink.Header{Type: messageType | messageConfig, Flags: netlink.Request | netlink.Acknowledge},
		Data:   append([]byte{unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, logGroup}, data...),
	}); err != nil {
		return fmt.Errorf("listening on log group %d: %w", logGroup, err)
	}
	for {
		messages, err := connection.Receive()
		if err != nil && !errors.Is(err, unix.ENOBUFS) { // more was dropped than can be told
			return err
		}
		for _, message := range messages {
			if message.Header.Type == messageType|messagePacket && len(message.Data) > 4 {
				l.packet(message.Data[4:])
			}
		}
	}
}

// packet counts one report of the kernel.
func (l *dropLog) packet(report []byte) {
	attributes, _ := netlink.UnmarshalAttributes(report)
	var packet []byte
	var key dropKey
	for _, attribute := range attributes {
		switch attribute.Type {
		case attributePayload:
			packet = attribute.Data
		case attributePrefix:
			key.Refused = strings.TrimRight(string(attribute.Data), "\x00")
		}
	}
	header, err := ipv4.ParseHeader(packet)
	if err != nil || len(packet) < header.Len+4 {
		return // not even the headers
	}
	key.Port = fmt.Sprintf("IP protocol %d", header.Protocol)
	if name, known := protocols[header.Protocol]; known {
		key.Port = fmt.Sprintf("%d/%s", binary.BigEndian.Uint16(packet[header.Len+2:]), name)
	}
	policies := map[string][]string{}
	key.From, policies[egress.name] = l.resolve(header.Src.String(), egress)
	key.To, policies[ingress.name] = l.resolve(header.Dst.String(), ingress)

	l.mu.Lock()
	defer l.mu.Unlock()
	entry := l.drops[key]
	if entry == nil {
		entry = &drop{dropKey: key}
		l.drops[key] = entry
		klog.InfoS("Dropped", "from", key.From, "to", key.To, "port", key.Port, "refused", key.Refused,
			"policies", policies[key.Refused])
	}
	entry.Policies = policies[key.Refused]
	entry.Packets++
	entry.Last = time.Now().UTC().Truncate(time.Second)
}

// ServeHTTP returns what was dropped lately, the latest first.
func (l *dropLog) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.drops, func(_ dropKey, entry *drop) bool { return time.Since(entry.Last) > remembered })
	latest := func(a, b *drop) int { return b.Last.Compare(a.Last) }
	_ = json.NewEncoder(w).Encode(append([]*drop{}, slices.SortedFunc(maps.Values(l.drops), latest)...))
}
