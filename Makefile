# The two commands: `make run` and `make test`. Each sets up first what is missing.
# On macOS and Windows without make: python models/install.py && cargo run --release

CARGO ?= cargo
PYTHON ?= python3
TOUR ?= target/tour
PACKAGES ?= target/package

.DEFAULT_GOAL := run
.PHONY: help run tour readme example guide test test-cluster test-python bench fuzz endure soak kills check spelling licences package
.PHONY: setup system crates install-models

help: ## Lists these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: setup ## Sets up and opens the window
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."; \
		echo "'make tour' renders every screen to pictures instead."; \
		exit 1; \
	fi
	$(CARGO) run --release

tour: setup ## Renders every screen to pictures in $(TOUR), with no display
	$(CARGO) run --release -- tour --out $(TOUR)

GUIDE_PICTURES = look-1-first-start:see-why stylize-1-cat-in-brick:stylize similarity-2-delta-60:similarity \
	models-2-textures:models explain-4-revealed:explain collection-6-chosen:collection

readme: setup ## Makes the pictures of README.md and of the guide: they are the tour's
	rm -rf target/readme
	$(CARGO) run --release -- tour --jpeg --size 1280x800 --out target/readme \
		--until "$$(echo $(foreach pair,$(GUIDE_PICTURES),$(firstword $(subst :, ,$(pair)))) | tr ' ' ,)"
	for pair in $(GUIDE_PICTURES); do \
		cp "target/readme/$${pair%%:*}.jpg" "assets/guide/$${pair##*:}.jpg" || exit 1; \
	done

example: setup ## Runs a program that uses the library: NAME=predict, explain or compare, ARGS="picture.png"
	$(CARGO) run --release --quiet --no-default-features --features examples --example $(NAME) -- $(ARGS)

guide: ## Makes the guide one file, $(PACKAGES)/guide.html, as packages carry it
	@mkdir -p $(PACKAGES)
	@$(PYTHON) .ci/package/contents.py > $(PACKAGES)/guide.html

test: export TESTS = 1
test: setup check ## Sets up and passes all tests
	$(PYTHON) -B -m unittest discover -q -s models/tests
	$(PYTHON) -B -m unittest discover -q -s .ci/package
	$(CARGO) test --release

CLUSTER_PYTHON = .venv-cluster/bin/python

test-cluster: setup $(CLUSTER_PYTHON) ## Indexes a collection on a local Ray cluster of two nodes and compares
	$(CARGO) build --release --no-default-features
	$(CLUSTER_PYTHON) -B tests/cluster/check.py "$${CARGO_TARGET_DIR:-target}/release/saliscope" assets

$(CLUSTER_PYTHON): tests/cluster/requirements.txt
	$(PYTHON) -m venv .venv-cluster
	$(CLUSTER_PYTHON) -m pip install --quiet -r tests/cluster/requirements.txt
	@touch $(CLUSTER_PYTHON)

check: ## Formatting, lints, the build without a window, the documentation
	$(CARGO) fmt --check
	$(CARGO) check --release --no-default-features --features examples --lib --bins --examples
	$(CARGO) clippy --release --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --release --no-deps --document-private-items --quiet

SPELLING = .venv-spelling/bin/codespell

spelling: $(SPELLING) ## Spelling of code, comments and documentation
	$(SPELLING) --skip 'assets/installed,models/installed,*.png,*.npy' \
		--ignore-words-list lod,caf,ot,fo src shaders tests models/*.py models/*.md README.md .ci

$(SPELLING): Makefile
	$(PYTHON) -m venv .venv-spelling
	.venv-spelling/bin/python -m pip install --quiet codespell==2.4.3
	@touch $(SPELLING)

licences: ## Licences and duplicates of all dependencies (builds cargo-deny the first time)
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	$(CARGO) fetch --locked
	$(CARGO) deny --offline --config .ci/deny.toml check licenses bans sources

# A program that is built already, to be packaged as it is.
PROGRAM ?=

package: setup ## Builds what others install, into $(PACKAGES), offline: a Debian package, a portable archive
ifeq ($(PROGRAM),)
	$(CARGO) build --profile dist --locked
	$(PYTHON) .ci/package/build.py --program "$${CARGO_TARGET_DIR:-target}/dist/saliscope" --out $(PACKAGES)
else
	$(PYTHON) .ci/package/build.py --program "$(PROGRAM)" --out $(PACKAGES)
endif

BENCH_PYTHON = .venv/bin/python

bench: setup $(BENCH_PYTHON) ## Measures speed beside other programs and prints one table
	$(CARGO) build --release
	$(BENCH_PYTHON) tests/bench.py "$${CARGO_TARGET_DIR:-target}/release/saliscope"

$(BENCH_PYTHON): tests/bench.txt
	$(PYTHON) -m venv .venv
	$(BENCH_PYTHON) -m pip install --quiet -r tests/bench.txt
	@touch $(BENCH_PYTHON)

TEST_PYTHON = .venv-python/bin/python

test-python: setup $(TEST_PYTHON) ## The Python module against the program, and its notebook
	$(CARGO) build --release
	SALISCOPE="$$(realpath "$${CARGO_TARGET_DIR:-target}")/release/saliscope"; export SALISCOPE; \
	$(TEST_PYTHON) -B -m doctest assets/python/saliscope.py && \
	$(TEST_PYTHON) -B -m nbconvert --to notebook --execute --log-level WARN \
		--output-dir "$$(mktemp -d)" assets/python/saliscope.ipynb

$(TEST_PYTHON): tests/python.txt
	$(PYTHON) -m venv .venv-python
	$(TEST_PYTHON) -m pip install --quiet -r tests/python.txt
	@touch $(TEST_PYTHON)

fuzz: setup ## Tries thousands of damaged files in every reader (COUNT of each kind, 1000 if not said)
	SALISCOPE_MUTATIONS=$${COUNT:-1000} $(CARGO) test --release --test integration -- mutations readers

endure: ## Kills a writer of the journal 500 times and an index of 2,000 pictures ten times, moves over a sheet 2,000 times, tries the exhibit's lock with a million events and 20,000 visits, at the screen too
	SALISCOPE_KILLS=500 $(CARGO) test --release --no-default-features --test integration -- journal
	SALISCOPE_INDEX_PICTURES=2000 $(CARGO) test --release --no-default-features --test integration -- collections::killed
	SALISCOPE_MOVES=2000 $(CARGO) test --release --lib -- app_tests::moves
	SALISCOPE_LOCK_EVENTS=1000000 $(CARGO) test --release --no-default-features --lib -- shell::tests::lock
	SALISCOPE_VISITS=20000 $(CARGO) test --release --lib -- exhibit_window::tests::soak --nocapture

MINUTES ?= 60
SEEDS ?= 1 2 3

soak: setup ## Uses the real window at random for an hour per seed and tells what memory does
	$(CARGO) build --release
	for seed in $(SEEDS); do \
		$(PYTHON) tests/soak.py --check --minutes $(MINUTES) --seed $$seed \
			"$${CARGO_TARGET_DIR:-target}/release/saliscope" || exit 1; \
	done

KILLS ?= 100

kills: setup ## Kills the real window at random while it keeps settings, pictures and scores: nothing is lost
	$(CARGO) build --release
	$(PYTHON) -B tests/kills.py --kills $(KILLS) "$${CARGO_TARGET_DIR:-target}/release/saliscope"

setup: system crates install-models ## System packages, libraries, networks and pictures

system: ## Checks that the system has what is needed; installs it when root
	@bash .ci/system

crates: system ## Downloads the libraries of the program; nothing is downloaded after that
	@$(CARGO) fetch --quiet --locked --target "$$(rustc -vV | sed -n 's/^host: //p')"

install-models: system ## Downloads networks, pictures and typefaces into models/installed and assets/installed
	@$(PYTHON) models/install.py
