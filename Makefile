# The developer's commands. Each target installs what it needs.
.PHONY: help run test clients build release install manual format lint bench sanitize fuzz torture deployment-test clean

SOURCES = Sources Plugins Examples Fuzz Tests Package.swift
# The check rejects imports that Package.swift does not list. That keeps the targets apart.
BUILD = swift build --explicit-target-dependency-import-check error
# Links the Swift runtime statically, so that the server is one file.
RELEASE = $(BUILD) --configuration release --static-swift-stdlib --product allclear

help:
	@echo 'make run       set up, build and serve; prints an address, a first API key, a link to the dashboard and commands to try'
	@echo 'make test      set up and run all tests, including those with the official SDK as a client'
	@echo 'make build     build the release binary, .build/release/allclear'
	@echo 'make install   install server, manual page, shell completions and systemd units; PREFIX=/usr/local, DESTDIR='
	@echo 'make release   make the files of a release in .build/release-files'
	@echo 'make bench     measure reads, TLS, starts, waiting readers, a long history, pages, the dashboard, notifications, writes and replication'
	@echo 'make sanitize  run the Swift tests with ThreadSanitizer, then with AddressSanitizer'
	@echo 'make fuzz      fuzz the HTTP parser; FUZZ_SECONDS=60 for each fuzzer'
	@echo 'make torture   kill the server during concurrent writes, then also erase its disk, and check the stored data; TORTURE_ROUNDS=100'
	@echo 'make deployment-test  boot a Debian with systemd-nspawn, and test units, sockets and backups; as root'
	@echo 'make format    format the source files'
	@echo 'make lint      check the formatting and the Dockerfile'
	@echo 'make clean     remove the build products and the Python environment'

run:
	@scripts/check-port
	@$(MAKE) --no-print-directory build
	@.build/release/allclear serve --first-key

build:
	@scripts/setup libraries
	$(RELEASE)

release:
	@scripts/release

# With this, crashed processes print a backtrace, including a server under test. Only for debug builds: a release build
# contains the Swift runtime, which then does not find its backtrace program, and complains at every start.
BACKTRACE = SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,threads=crashed,images=none
test:
	@scripts/setup libraries clients
	$(BUILD) --build-tests
	@$(BACKTRACE) scripts/swift-tests
	@$(MAKE) --no-print-directory clients

# Only the tests with other programs as clients. ALLCLEAR_BINARY names the server, by default the debug build.
clients:
	@scripts/setup libraries clients
	$(if $(ALLCLEAR_BINARY),,$(BACKTRACE)) scripts/client-tests

# Installs an existing build, because usually root runs this, and root may not have Swift.
PREFIX = /usr/local
MANUAL = .build/plugins/GenerateManual/outputs/allclear/allclear.1
install:
	@test -x .build/release/allclear || $(MAKE) build
	@test -f $(MANUAL) || $(MAKE) manual
	@scripts/install .build/release/allclear $(MANUAL) '$(DESTDIR)' '$(PREFIX)'

manual:
	@scripts/setup libraries
	@# Uses the debug build. For the release build, the plugin would link a second binary, without the Swift runtime.
	swift package plugin generate-manual --configuration debug

bench: build
	@scripts/setup bench
	python3 Benchmarks/bench.py .build/release/allclear

# Leak detection is off. It would report memory that the Swift runtime, Foundation and XCTest keep until a process
# ends. Each server under test would then exit with an error.
sanitize:
	@scripts/setup libraries
	swift test --scratch-path .build/sanitize --sanitize thread -Xswiftc -DTHREAD_SANITIZER -Xswiftc -DSANITIZER
	ASAN_OPTIONS=detect_leaks=0:suppressions=$(CURDIR)/scripts/asan-suppressions swift test --scratch-path .build/sanitize-address --sanitize address -Xswiftc -DSANITIZER

FUZZ_SECONDS = 60
fuzz:
	@scripts/fuzz $(FUZZ_SECONDS)

TORTURE_ROUNDS = 100
torture: build
	@scripts/setup clients
	ALLCLEAR_BINARY=.build/release/allclear python3 Tests/Clients/torture.py --rounds $(TORTURE_ROUNDS)
	ALLCLEAR_BINARY=.build/release/allclear .venv/bin/python Tests/Clients/torture.py --rounds $(TORTURE_ROUNDS) --replicated

# Must run as root, because it boots a machine.
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
