# Everything a developer does. Each target sets up what it needs.
.PHONY: help run test clients build release install manual format lint bench sanitize fuzz torture deployment-test clean

SOURCES = Sources Plugins Examples Fuzz Tests Package.swift
# A target that imports what Package.swift does not give it is an error: that keeps the rooms apart.
BUILD = swift build --explicit-target-dependency-import-check error
# One file to copy: the Swift runtime is linked in.
RELEASE = $(BUILD) --configuration release --static-swift-stdlib --product allclear

help:
	@echo 'make run       set up, build and serve: prints an address, a first API key and a curl line to try'
	@echo 'make test      set up and run every test, with the official SDK as a client'
	@echo 'make build     build the server for release: .build/release/allclear'
	@echo 'make install   install it, with manual and shell completions; PREFIX=/usr/local, DESTDIR='
	@echo 'make release   make the files of a release in .build/release-files'
	@echo 'make bench     measure reads and TLS against nginx, starts and restarts, waiting readers, a long history'
	@echo 'make sanitize  run the Swift tests under ThreadSanitizer, then under AddressSanitizer'
	@echo 'make fuzz      fuzz the HTTP parser; FUZZ_SECONDS=600 for longer than a minute each'
	@echo 'make torture   kill the server under concurrent writes, again and again; TORTURE_ROUNDS=1000 for more than 100'
	@echo 'make deployment-test  boot a Debian with systemd-nspawn and try the units, sockets and backups there; as root'
	@echo 'make format    format the sources'
	@echo 'make lint      check the format, and the Dockerfile'
	@echo 'make clean     remove what was built'

run:
	@scripts/check-port
	@$(MAKE) --no-print-directory build
	@.build/release/allclear serve --first-key

build:
	@scripts/setup libraries
	$(RELEASE)

release: build
	@scripts/release

# What crashes, a server under test too, says where.
test: export SWIFT_BACKTRACE = enable=yes,interactive=no,color=no,threads=crashed,images=none
test:
	@scripts/setup libraries clients
	$(BUILD) --build-tests
	@scripts/swift-tests
	@$(MAKE) --no-print-directory clients

# Only the tests with other programs as clients. ALLCLEAR_BINARY names the server, by default the debug build.
clients: export SWIFT_BACKTRACE = enable=yes,interactive=no,color=no,threads=crashed,images=none
clients:
	@scripts/setup libraries clients
	.venv/bin/python -m unittest discover --start-directory Tests/Clients --top-level-directory Tests/Clients

# Installs what is built already, so that root, who runs this, needs no Swift.
PREFIX = /usr/local
MANUAL = .build/plugins/GenerateManual/outputs/allclear/allclear.1
install:
	@test -x .build/release/allclear || $(MAKE) build
	@test -f $(MANUAL) || $(MAKE) manual
	@scripts/install .build/release/allclear $(MANUAL) '$(DESTDIR)' '$(PREFIX)'

manual:
	@scripts/setup libraries
	@# Of the debug build: of the release build it would link another binary, without the Swift runtime in it.
	swift package plugin generate-manual --configuration debug

bench: build
	@scripts/setup bench
	python3 Benchmarks/bench.py .build/release/allclear

# Leaks are not looked for: what Swift's runtime, Foundation and XCTest keep to the end of a process is told as leaked,
# and each server that the tests run would end with an error.
sanitize:
	@scripts/setup libraries
	swift test --scratch-path .build/sanitize --sanitize thread -Xswiftc -DTHREAD_SANITIZER
	ASAN_OPTIONS=detect_leaks=0:suppressions=$(CURDIR)/scripts/asan-suppressions swift test --scratch-path .build/sanitize-address --sanitize address

FUZZ_SECONDS = 60
fuzz:
	@scripts/fuzz $(FUZZ_SECONDS)

TORTURE_ROUNDS = 100
torture: build
	ALLCLEAR_BINARY=.build/release/allclear python3 Tests/Clients/torture.py --rounds $(TORTURE_ROUNDS)

# As root: it boots a machine.
deployment-test:
	@test -x .build/release/allclear || $(MAKE) build
	@test -f $(MANUAL) || $(MAKE) manual
	scripts/deployment-test

format:
	swift format --in-place --parallel --recursive $(SOURCES)

lint:
	@scripts/setup lint
	swift format lint --strict --parallel --recursive $(SOURCES)
	.venv/bin/hadolint Dockerfile

clean:
	swift package clean
	rm -rf .venv
