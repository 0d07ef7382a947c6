"""Reports as tests read them: with the data unpacked."""

import json
import re

from farmgraph.render.report.pack import read_script_data


def unzipped(html):
    """Return a page with its data as readable JSON."""
    before, data, after = re.split(r'(?<=id="data">)(.*?)(?=</script>)', html, maxsplit=1, flags=re.DOTALL)
    return before + json.dumps(read_script_data(data), ensure_ascii=False) + after
