"""A pygal plugin that makes charts show as SVG alone.

pygal's own PNG needs cairo, which no browser has, and its SVG asks a foreign host for a script.
Source: pygal 3.1, which imports every module of the entry point group `pygal.maps`.
"""

import re

from pygal.graph.base import BaseGraph

_SCRIPT = re.compile(r"<script\b[^>]*?(?:/>|>.*?</script>)", re.DOTALL)


def _repr_svg_(self):
    return _SCRIPT.sub("", self.render(disable_xml_declaration=True, js=[]))


BaseGraph._repr_svg_ = _repr_svg_
if "_repr_png_" in vars(BaseGraph):
    del BaseGraph._repr_png_
