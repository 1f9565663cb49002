# Commands of the project. `make help` lists them; everything else is in package.json's tools or in the sandbox.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TS := node -r ts-node/register/transpile-only
STACK ?= sandbox

.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch node_modules

.PHONY: up
up: render ## sandbox with one real node, the platform on it, and its main job on real data
	sandbox/sandbox up --nodes 1 --images-of rendered/$(STACK)
	sandbox/sandbox pulumi up --stack $(STACK) --yes --skip-preview --suppress-outputs --non-interactive
	scripts/with-sandbox $(TS) scripts/smoke.ts
	scripts/with-sandbox $(TS) scripts/demo.ts

.PHONY: down
down: ## remove the sandbox without a trace (caches stay)
	sandbox/sandbox down

.PHONY: status
status: ## what of the sandbox runs
	sandbox/sandbox status

.PHONY: test
test: check unit end-to-end ## all but the long ones: types, lint, unit, golden, manifest checks, both full-size stacks simulated, the sandbox stack for real

.PHONY: check
check: node_modules ## types, format, lint
	npx tsc -p .
	npx biome check .

.PHONY: unit
unit: node_modules ## unit tests, golden manifests, checks of the rendered manifests
	npx mocha

.PHONY: end-to-end
end-to-end: node_modules ## the real engine on its own sandbox: ha and standalone simulated, the sandbox stack on a real node, ha on four
	cd sandbox/go/openshift && go vet ./... && go test ./...
	npx mocha --config tests/sandbox/mocharc.yaml

.PHONY: slices
slices: node_modules ## long: services that do not fit beside the sandbox stack's, on a real node, slice by slice
	npx mocha --config tests/slices/mocharc.yaml

.PHONY: golden
golden: node_modules ## write the golden manifests anew; read the diff
	$(TS) scripts/render.ts --out tests/golden

.PHONY: docs
docs: node_modules ## write the generated reference pages under docs/
	$(TS) scripts/docs.ts

.PHONY: render
render: node_modules ## write the manifests of a stack to ./rendered (STACK=ha|standalone|sandbox)
	$(TS) scripts/render.ts --stack $(STACK)

.PHONY: mutants
mutants: node_modules ## break the program on purpose, one thing at a time, and see the tests notice
	$(TS) tests/mutants/run.ts

.PHONY: drills
drills: node_modules ## long: ha on four real nodes; kill the primary and lose nodes thrice, drain each; kept in docs/DRILLS.md
	sandbox/sandbox up --nodes 4 --images-of tests/golden/sandbox-ha
	sandbox/sandbox pulumi up --stack sandbox-ha --yes --skip-preview --suppress-outputs --non-interactive
	scripts/with-sandbox $(TS) scripts/smoke.ts
	scripts/with-sandbox $(TS) scripts/demo.ts
	scripts/with-sandbox $(TS) scripts/drill.ts --record
	$(TS) scripts/docs.ts

.PHONY: alive
alive: node_modules ## boot SERVICES="..." for real in both modes (or in MODE) and use them; in ha kill pods; kept in docs/proofs.json
	$(TS) scripts/alive.ts $(if $(MODE),--mode $(MODE)) $(SERVICES); code=$$?; [ $$code = 2 ] || $(TS) scripts/docs.ts || exit; exit $$code

.PHONY: bench
bench: node_modules ## measure program, render, preview and sandbox; prints figures and their ratios to the targets
	$(TS) scripts/bench.ts
