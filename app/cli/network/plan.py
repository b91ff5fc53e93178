"""Which nodes the local network has: 广州市, 越秀区, and its street offices. Pure."""

from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
CITY, DISTRICT = "guangzhou", "yuexiu"
DISTRICT_PORT, FIRST_STREET_PORT = 10, 11  # counted from the base port
# 越秀区's street offices: the two of the sample first, then by code.
STREETS = (
    ("beijing", "440104003", "北京街道"),
    ("hongqiao", "440104001", "洪桥街道"),
    ("liurong", "440104004", "六榕街道"),
    ("liuhua", "440104005", "流花街道"),
    ("guangta", "440104007", "光塔街道"),
    ("renmin", "440104010", "人民街道"),
    ("dongshan", "440104011", "东山街道"),
    ("nonglin", "440104012", "农林街道"),
    ("meihuacun", "440104013", "梅花村街道"),
    ("huanghuagang", "440104014", "黄花岗街道"),
    ("huale", "440104015", "华乐街道"),
    ("jianshe", "440104016", "建设街道"),
    ("datang", "440104017", "大塘街道"),
    ("zhuguang", "440104018", "珠光街道"),
    ("dadong", "440104019", "大东街道"),
    ("baiyun", "440104020", "白云街道"),
    ("dengfeng", "440104021", "登峰街道"),
    ("kuangquan", "440104022", "矿泉街道"),
)


@dataclass(frozen=True)
class NodePlan:
    """One node of the network: what it is called, where it lies, where it listens, who is above it."""

    node: str
    name: str
    tier: str
    region: str
    port: int
    parent: "NodePlan | None"
    folder: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def plan_network(directory: Path, base_port: int, streets: int) -> list[NodePlan]:
    """The nodes of a network of `streets` street offices (1–18) under `directory`, parents before children."""
    if not 1 <= streets <= len(STREETS):
        raise ValueError(f"there are 1 to {len(STREETS)} street offices")
    city = NodePlan(CITY, "广州市", "city", "440100", base_port, None, directory / CITY)
    district = NodePlan(DISTRICT, "越秀区", "district", "440104", base_port + DISTRICT_PORT, city, directory / DISTRICT)
    return [
        city,
        district,
        *(
            NodePlan(node, name, "street", region, base_port + FIRST_STREET_PORT + number, district, directory / node)
            for number, (node, region, name) in enumerate(STREETS[:streets])
        ),
    ]
