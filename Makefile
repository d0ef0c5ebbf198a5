# `make` or `make help` lists what there is. Everything runs on a plain Debian 12
# with Go >= 1.26, git, make and gcc; what else is needed is installed by apt.

SHELL := /bin/bash
BIN   := bin
export CGO_ENABLED ?= 0

# The commit is noted in programs, unless there is none to be asked for.
VCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo true || echo false)

.PHONY: help build install deb image test-deb test-foreign release release-check needs demo about-demo test about-test unit scale power race busybox oracle e2e test-incus7 test-home page test-reach fuzz lint other-archs bench growth soak soak-hostile stops kills man clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build lxdocker and imgserver into bin/
	@packaging/announce build
	go build -v -trimpath -buildvcs=$(VCS) -o $(BIN)/ ./cmd/lxdocker ./cmd/imgserver

PREFIX ?= /usr/local
install: | $(BIN)/lxdocker $(BIN)/imgserver ## install programs, man pages and shell completion below PREFIX (/usr/local), with DESTDIR before it
	@packaging/install $(BIN) "$(DESTDIR)$(PREFIX)"

# As root there often is no Go: what is built is installed.
$(BIN)/lxdocker $(BIN)/imgserver:
	@$(MAKE) --no-print-directory build

deb: ## build bin/lxdocker_VERSION_ARCH.deb, a package of Debian (GOARCH=arm64 or arm: for that one)
	@VCS=$(VCS) packaging/deb $(BIN)

image: ## build bin/imgserver.tar, an OCI image of imgserver itself, with buildah
	@VCS=$(VCS) packaging/oci/build $(BIN)

test-deb: ## build the package twice, and install, upgrade, remove and purge it in a root of Debian (SUITE=bookworm) that systemd has booted (root)
	@VCS=$(VCS) packaging/test-deb $(or $(SUITE),bookworm)

test-foreign: ## install, use, upgrade, remove and purge the package for GOARCH (arm64) in a root of Debian (SUITE=trixie) whose programs qemu runs (root)
	@VCS=$(VCS) packaging/test-foreign $(if $(filter arm,$(GOARCH)),arm,arm64) $(or $(SUITE),trixie)

release: ## make packages and tarballs for amd64, arm64 and arm, a bill of materials and SHA256SUMS in bin/release, from what is committed
	@packaging/release $(BIN)/release

release-check: ## make the release again in another folder, compare every byte, and have its bill of materials read by another program
	@packaging/release-check $(BIN)/release

needs: ## install what lxdocker needs at run time (busybox-static)
	@packaging/needs

about-demo about-test:
	@packaging/announce $(@:about-%=%)

demo: about-demo build needs ## convert and serve a small web application; Ctrl-C ends it (DEMO_ONCE=1: check it and end)
	@go build -v -trimpath -o $(BIN)/ ./examples/demo ./examples/demo/webapp
	@exec $(BIN)/demo $(BIN) .demo

test: about-test build needs ## everything: lint, unit, property, CLI, race, fuzz, oracles, end to end with real daemons
	@test/testbed/testbed packages
	@$(MAKE) --no-print-directory lint
	@# Fuzzing for a number of inputs: for a time, it now and then fails with its own deadline.
	@.ci/beside "race other-archs scale fuzz FUZZTIME=20000x" "unit busybox oracle page e2e"

# `make lint` vets the tests, too, with every analyzer that go test has and more.
TEST := go test -vet=off

# Much of it waits, for mounts, containers and clients: more packages at once than processors,
# and those that take longest first.
LONGEST := internal/squashfs internal/guest internal/block test/fingerprints test/hostile internal/layer internal/delta internal/store/dir
unit: ## unit, property and command line tests, but for those of `make scale` and `make lint`
	.ci/inmemory $(TEST) -p $$((2 * $$(nproc))) -skip 'AtScale$$|Shellcheck$$' $(LONGEST:%=./%) ./...

# This only computes: CI does it while the tests with daemons wait.
scale: ## tests of sizes that take long; 2,000 random trees against every reader of squashfs, 5,000 stacks of layers against overlayfs (root)
	.ci/inmemory $(TEST) -count=1 -timeout 30m -run 'AtScale$$' $$(grep -rlE --include='*_test.go' '^func Test.*AtScale\(' cmd internal test | xargs dirname | sort -u | sed 's,^,./,')
	.ci/inmemory $(TEST) -count=1 -timeout 30m -run RandomTrees ./internal/squashfs -rapid.checks 250
	.ci/inmemory $(TEST) -count=1 -run AsTheKernelMergesThem ./internal/rootfs -rapid.checks 5000
	.ci/inmemory $(TEST) -count=1 -run 'TestAny(Arguments|EnvironmentFile)' ./internal/guest -rapid.checks 200

COPIES ?= 300
power: ## takes the power away COPIES (300) times; `make scale` does so 30 times (root)
	.ci/inmemory go test -count=1 -timeout 2h ./test/power -copies $(COPIES)

RACE := admin agent background block build changes convert daemon delta document durable hub imageapi instance layer metrics notice oci progress runs server squashfs store systemd terminal trust
race: ## what is concurrent, under the race detector (cgo)
	CGO_ENABLED=1 $(TEST) -race -short -timeout 30m -skip 'AtScale$$' $(RACE:%=./internal/%/...) ./cmd/imgserver

other-archs: ## build for arm64 and arm, and vet the tests
	for arch in arm64 arm; do GOARCH=$$arch go build ./... && GOARCH=$$arch go vet -tags e2e ./... || exit; done

busybox: ## what runs in containers under the busybox of Debian 13, too (root)
	newer=$$(test/testbed/testbed busybox) && GUEST_TEST_BUSYBOX=$$newer .ci/inmemory $(TEST) -skip 'Shellcheck$$' ./internal/guest

oracle: ## layers against moby/go-archive, the same on overlayfs, and umoci (root)
	cd test/oracle && go test ./...

e2e: build ## end to end against real LXD, Incus and registry (root)
	@packaging/announce e2e
	go test -tags e2e -count=1 -timeout 30m -parallel 4 ./test/e2e
	go test -tags e2e -count=1 -timeout 30m -parallel 6 ./test/guest
	go test -tags e2e -count=1 -timeout 30m -parallel 4 ./test/hub
	go test -tags e2e -count=1 -timeout 30m -parallel 4 ./test/home
	go test -tags e2e -count=1 -timeout 45m -parallel 4 ./test/instance

test-incus7: build needs ## what runs in containers, and the hub, on Incus 7, in a root of Debian sid; not part of `make test`, as sid moves (root)
	@packaging/announce incus7
	@test/testbed/testbed packages
	LXDOCKER_GUEST_DAEMONS=incus7 go test -tags e2e -count=1 -timeout 30m -parallel 6 ./test/guest
	LXDOCKER_HUB_DAEMONS=incus7 go test -tags e2e -count=1 -timeout 30m -parallel 4 ./test/hub

test-home: build needs ## a home of imgserver that moves from Debian 12 to Debian 13 (or SUITE=), on LXD and Incus; not part of `make test` (root)
	@test/testbed/testbed packages
	LXDOCKER_HOME_SUITE=$(or $(SUITE),trixie) go test -tags e2e -count=1 -timeout 30m -parallel 4 -run Package ./test/home

# command -v is content with one of several.
page: ## the pages of imgserver in Chromium: clicks, axe-core, screenshots (into the folder PAGE_SCREENSHOTS)
	@missing=; for program in chromium node npm; do command -v $$program >/dev/null || missing=yes; done; \
		[ -z "$$missing" ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=600 chromium nodejs npm; }
	cd test/page && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 5 && go test -tags e2e -count=1 -timeout 30m .

test-reach: build needs ## applications in the shape of popular images, on LXD and Incus; writes docs/reach.md (root)
	go test -tags e2e,reach -count=1 -timeout 60m -parallel 3 -run TestReach ./test/guest

FUZZTIME ?= 10m
fuzz: ## every fuzz target, for FUZZTIME (10m, or 1000000x) each; ends at the first finding
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' cmd internal | sort | sed -E 's,/[^/]*:func , ,' | while read -r dir target; do \
		echo "$$dir $$target" && go test "./$$dir" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x || exit; \
	done

lint: ## gofmt, vet, staticcheck, errcheck, shellcheck; go.mod and generated files are current
	@.ci/lint

bench: build needs ## time, memory and size beside skopeo, umoci and mksquashfs, what `make growth` measures, and downloads beside nginx (root)
	@test/testbed/testbed packages
	go run ./test/bench
	@set -o pipefail; go test ./internal/guest -count=1 -v -run WhatTheLogCosts | sed -n 's/.*_test.go:[0-9]*: /printing /p'

growth: ## what operations cost with 10 to 10,000 images in the store
	go run ./test/bench growth

soak: ## builds, prunes and downloads beside each other for SOAKTIME (1h): no wrong byte, no growth (root)
	go run ./test/soak -for $(or $(SOAKTIME),1h)

soak-hostile: ## hostile images, registries and clients of 40 addresses beside six honest ones for SOAKTIME (1h), with the server restarted again and again (root)
	go run ./test/soak hostile -for $(or $(SOAKTIME),1h)

MOMENTS ?= 40
FLEET ?= 30
kills: build needs ## kills `lxdocker update` and `lxdocker agent` at MOMENTS (40) random moments on LXD and Incus, and mends what is left; updates a FLEET (30); `make test` does so at 5, with 6; kills the daemons, and tries all ways in which an image does not work (root)
	@test/testbed/testbed packages
	go test -tags e2e -count=1 -timeout 3h -parallel 4 -run "Killed|DoesNotWork" ./test/instance -moments $(MOMENTS) -thorough
	go test -tags e2e -count=1 -timeout 3h -parallel 1 -run Fleet ./test/instance -fleet $(FLEET)

stops: ## stops containers on LXD and Incus STOPS times (500) each while the machine is busy, and counts how that ends (root)
	go run ./test/stops -n $(or $(STOPS),500)

man: build ## write the man pages into man/
	$(BIN)/lxdocker man man && $(BIN)/imgserver man man

clean: ## remove what was built; what the testbed keeps stays
	rm -rf $(BIN) man .demo
