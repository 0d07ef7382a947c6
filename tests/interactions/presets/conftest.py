"""The comparison with what was written by hand shows what differs, as in the tests themselves."""

import pytest

pytest.register_assert_rewrite("interactions.presets.by_hand")
