# SPDX-License-Identifier: MIT
# The platform on this machine.

.PHONY: run packages api-docs
run: ## build and start everything here; Ctrl-C stops it
	@scripts/install-packages.sh build run
	@scripts/run.sh

packages: ## install what building, running, testing and measuring need
	@scripts/install-packages.sh build run test analyse bench

api-docs: ## docs/api from the OpenAPI documents
	@for daemon in $(DAEMONS); do /usr/bin/python3 scripts/api-docs.py $$daemon/openapi.yaml docs/api/$$daemon.md || exit 1; done
