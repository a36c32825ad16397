"""Which panel stands where at a size: pure arithmetic, and the layout that hands it to Textual."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget


class Place(StrEnum):
    """The parts of the main screen; the value is the widget's id."""

    HEADER = "header"
    STRIP = "strip"
    HOST = "host"
    ADVICE = "advice"
    FLEET = "fleet"
    DISKS = "disks"
    MODELS = "models"
    DETAILS = "details"
    MESSAGE = "message"
    PROMPT = "prompt"
    FOOTER = "footer"


PANELS = (Place.FLEET, Place.HOST, Place.ADVICE, Place.DISKS, Place.MODELS, Place.DETAILS)


@dataclass(frozen=True, slots=True)
class Wants:
    """What decides the layout besides the size. ``alone`` is the panel that has the screen to itself."""

    header_lines: int = 1
    message_lines: int = 0
    prompt: bool = False
    details: bool = False
    focus: Place = Place.FLEET
    maximised: bool = False
    disks_lines: int = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each shown part stands; ``framed`` is whether panels have borders."""

    regions: Mapping[Place, Region]
    framed: bool

    def shows(self, place: Place) -> bool:
        """Whether a part has room here."""
        return place in self.regions


def lay_out(width: int, height: int, wants: Wants) -> Plan:
    """Place everything. Columns drop first, then panels; at the smallest one line is left."""
    if width < 20 or height < 5:
        return Plan({Place.HEADER: Region(0, 0, width, height)}, framed=False)
    top, bottom = 0, height
    regions: dict[Place, Region] = {}

    def take_bottom(place: Place, lines: int) -> None:
        nonlocal bottom
        lines = min(lines, bottom - top - 2)
        if lines > 0:
            bottom -= lines
            regions[place] = Region(0, bottom, width, lines)

    small = width < 60 or height < 10
    header = 1 if small else wants.header_lines
    regions[Place.HEADER] = Region(0, 0, width, header)
    top = header
    if not small:
        take_bottom(Place.FOOTER, 1)
    take_bottom(Place.MESSAGE, wants.message_lines)
    take_bottom(Place.PROMPT, int(wants.prompt))
    body = Region(0, top, width, max(1, bottom - top))
    framed = width >= 100 and height >= 30
    if small:
        regions[wants.focus if wants.focus in PANELS else Place.FLEET] = body
        return Plan(regions, framed=False)
    if wants.maximised:
        regions[wants.focus] = body
        return Plan(regions, framed)
    regions |= _framed(body, height, wants) if framed else _condensed(body, height, wants)
    if wants.focus not in regions:
        # A panel that has no place of its own here is shown where the containers are.
        regions[wants.focus] = regions.pop(Place.FLEET)
    return Plan(regions, framed)


def _condensed(body: Region, height: int, wants: Wants) -> dict[Place, Region]:
    """Lay out without borders: the panels shrink to a strip of lines over the containers."""
    regions: dict[Place, Region] = {}
    lines = 3 if height >= 20 else 2 if height >= 16 else 1
    if wants.details and height < 30:
        lines = 1
    regions[Place.STRIP] = Region(0, body.y, body.width, lines)
    rest = Region(0, body.y + lines, body.width, body.height - lines)
    if wants.details:
        upper = max(5, rest.height * 2 // 5)
        regions[Place.FLEET] = Region(0, rest.y, rest.width, min(upper, rest.height))
        if rest.height > upper:
            regions[Place.DETAILS] = Region(0, rest.y + upper, rest.width, rest.height - upper)
    else:
        regions[Place.FLEET] = rest
    return regions


def _framed(body: Region, height: int, wants: Wants) -> dict[Place, Region]:
    """Lay out with borders: host and advice above, disks and models below, containers between."""
    roomy = height >= 44
    upper = (10 if body.width >= 180 else 9) if roomy else 7 if height >= 36 else 6
    lower = 2 + min(max(wants.disks_lines, 3), 8 if roomy else 4 if height >= 40 else 3)
    half = body.width // 2
    regions = {
        Place.HOST: Region(0, body.y, half, upper),
        Place.ADVICE: Region(half, body.y, body.width - half, upper),
    }
    middle = Region(0, body.y + upper, body.width, body.height - upper)
    if wants.details and body.width >= 120:
        pane = max(60, body.width * 11 // 20)
        regions[Place.FLEET] = Region(0, middle.y, body.width - pane, middle.height)
        regions[Place.DETAILS] = Region(body.width - pane, middle.y, pane, middle.height)
        return regions
    if wants.details:
        share = max(8, middle.height * 2 // 5)
        regions[Place.FLEET] = Region(0, middle.y, body.width, share)
        regions[Place.DETAILS] = Region(0, middle.y + share, body.width, middle.height - share)
        return regions
    regions[Place.FLEET] = Region(0, middle.y, body.width, middle.height - lower)
    regions[Place.DISKS] = Region(0, middle.bottom - lower, half, lower)
    regions[Place.MODELS] = Region(half, middle.bottom - lower, body.width - half, lower)
    return regions


class Floor(Layout):
    """Hands a plan to Textual: one pass, no styles touched. Parts without a place get no room."""

    name: ClassVar[str] = "floor"

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:  # noqa: FBT001, FBT002 - Textual's signature
        """Place each child by its id."""
        del size, greedy  # the plan was made for the whole screen
        parent.pre_layout(self)
        regions = {str(place): region for place, region in self.plan.regions.items()}
        return [
            WidgetPlacement(regions[child.id], NULL_OFFSET, Spacing(), child)
            for child in children
            if child.id in regions
        ]
