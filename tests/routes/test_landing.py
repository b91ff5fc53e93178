"""The page at a node's bare address."""

import re
from dataclasses import replace

from fastapi.testclient import TestClient

from app.exchange.keys import NodeKey
from app.exchange.node import LocalNode
from app.regions.shipped import load_shipped
from app.sync.landing import page
from tests.routes.import_node import ImportNode

STREET = LocalNode(
    "beijing", "北京街道", "street", "440104003", "yuexiu", None, "ab" * 16, 1, NodeKey("beijing:1", bytes(32)), 1
)


def test_the_bare_address_says_what_answers_and_leads_on(module_node: ImportNode) -> None:
    client = TestClient(module_node.app)
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "广州市" in answer.text
    assert "没有上级节点" in answer.text
    assert "the root of its network" in answer.text
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert {"/openapi.json", "/readyz", "/v1/listings", "/v1/node"} == set(links)
    for link in links:
        assert client.get(link).status_code == 200


def test_the_page_loads_nothing_and_is_framed_by_nobody(module_node: ImportNode) -> None:
    answer = TestClient(module_node.app).get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|<style|style=|<img|<link|\bon[a-z]+=|src=|://", answer.text)


def test_a_street_names_its_place_and_its_parent() -> None:
    said = page(STREET, load_shipped())
    for words in ("北京街道", "440104003", "上级节点为 yuexiu", "below yuexiu", "street office"):
        assert words in said


def test_a_name_is_text_and_never_markup() -> None:
    said = page(replace(STREET, name="<script>{node}</script>"), load_shipped())
    assert "<script>" not in said
    assert "&lt;script&gt;{node}&lt;/script&gt;" in said
