# SPDX-License-Identifier: MIT
"""Reads an OpenAPI document in YAML so that it can be written as JSON: keys stay in order, dates stay text."""

import yaml


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' comes twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path):
    with open(path, encoding="utf-8") as file:
        document = yaml.load(file, Loader=_Loader)
    for member in ("openapi", "info", "paths"):
        if member not in document:
            raise ValueError(f"{path}: no '{member}'")
    return document
