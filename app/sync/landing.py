"""The page at a node's bare address: what answers here, and where to go on. Plain HTML, nothing else is loaded."""

from html import escape

from fastapi.responses import HTMLResponse

from app import __version__
from app.exchange.node import LocalNode
from app.kernel.access import public
from app.kernel.http import router
from app.regions.deps import CurrentRegions
from app.regions.tree import Regions
from app.sync.authentication import CurrentExchange

routes = router("", "node")

TIERS = {"city": ("市", "city"), "district": ("区", "district"), "street": ("街道", "street office")}
# Neither script nor style nor picture, and nobody frames it.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} · 三联 Sanlian</title>
</head>
<body>
<h1>{name}</h1>
<p>三联公共就业服务网络的{tier_zh}级节点，节点名 <code>{node}</code>，区划 {region}（{code}），{parent_zh}。</p>
<p lang="en">The {tier_en} node <code>{node}</code> of a Sanlian network, division {region} ({code}), {parent_en}.</p>
<ul>
<li><a href="/v1/listings">岗位 <span lang="en">Listings</span></a></li>
<li><a href="/v1/node">节点状态 <span lang="en">How this node is</span></a></li>
<li><a href="/readyz">是否就绪 <span lang="en">Is it ready</span></a></li>
<li><a href="/openapi.json">接口说明 <span lang="en">The API (OpenAPI)</span></a></li>
</ul>
<p>三联 Sanlian {version}</p>
</body>
</html>
"""


@routes.get(
    "/",
    dependencies=[public()],
    summary="A page for whoever opens the bare address",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {"example": "<!doctype html><title>广州市 · 三联 Sanlian</title>"}}}},
)
def get_page(exchange: CurrentExchange, regions: CurrentRegions) -> HTMLResponse:
    """What this node is and where it stands in the network, in Chinese and English, for people."""
    return HTMLResponse(page(exchange.local, regions), headers={"Content-Security-Policy": POLICY})


def page(local: LocalNode, regions: Regions) -> str:
    """The page of `local`. It says nothing of anybody who works here or is registered here."""
    tier_zh, tier_en = TIERS[local.tier]
    division = regions.by_code.get(local.region)
    values = {
        "name": local.name,
        "node": local.node,
        "tier_zh": tier_zh,
        "tier_en": tier_en,
        "region": division.name if division else local.name,
        "code": local.region,
        "parent_zh": f"上级节点为 {local.parent}" if local.parent else "没有上级节点",
        "parent_en": f"below {local.parent}" if local.parent else "the root of its network",
        "version": __version__,
    }
    return _PAGE.format(**{key: escape(value) for key, value in values.items()})
