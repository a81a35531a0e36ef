# SPDX-License-Identifier: MIT
"""Addresses and a bridge for a Docker Engine of the test's own, so that several can run on one machine."""

import ipaddress
import json
import random
import shlex
import shutil

from command import Failed, run

# Two engines that start at the same moment could find the same block free; each begins its search at random.
BLOCKS = [f"10.{second}.0.0/16" for second in range(100, 200)]
FRONTS = [f"10.213.{third}" for third in range(81, 250)]


def routed():
    """The networks that the machine has a route to, other than by default."""
    routes = json.loads(run("ip", "-json", "-4", "route", "show") or "[]")
    return [ipaddress.ip_network(route["dst"], strict=False) for route in routes if route["dst"] != "default"]


def free(networks, taken):
    """The networks that touch none of those taken, in an order of chance."""
    found = [each for each in networks if not any(ipaddress.ip_network(each).overlaps(other) for other in taken)]
    random.shuffle(found)
    return found


def free_front():
    """The first three numbers of a network for the front that this machine has no route to."""
    networks = free([f"{front}.0/24" for front in FRONTS], routed())
    return (networks or [f"{random.choice(FRONTS)}.0/24"])[0].removesuffix(".0/24")


class Bridge:
    """The network that containers are in unless they say otherwise; docker0 belongs to whoever made it."""

    def __init__(self, name=None):
        self.name = name or f"poly{random.randrange(1 << 32):08x}"
        self.made = bool(name)

    def make(self):
        """The options for dockerd."""
        blocks = free(BLOCKS, routed())
        if not blocks:
            raise Failed("this machine has a route to every network from 10.100.0.0/16 to 10.199.0.0/16")
        prefix = blocks[0].removesuffix(".0.0/16")
        self.made = True
        run("ip", "link", "add", "name", self.name, "type", "bridge")
        run("ip", "address", "add", f"{prefix}.255.1/24", "dev", self.name)
        run("ip", "link", "set", self.name, "up")
        return [f"--bridge={self.name}", f"--default-address-pool=base={prefix}.0.0/17,size=24"]

    def remove(self):
        """With the packet filter's rules that name it, which dockerd leaves behind."""
        if not self.made:
            return
        self.made = False
        if shutil.which("iptables"):
            self._remove_rules()
        run("ip", "link", "delete", self.name, check=False)

    def _remove_rules(self):
        for table in ("filter", "nat"):
            rules = run("iptables", "-w", "-t", table, "-S", check=False).stdout.splitlines()
            for rule in rules:
                if rule.startswith("-A ") and self.name in rule.split():
                    run("iptables", "-w", "-t", table, "-D", *shlex.split(rule)[1:], check=False)
