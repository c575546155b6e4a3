"""What the tests of the page rely on."""

import pytest

pytestmark = pytest.mark.browser


def test_errors_count_but_for_those_of_a_page_that_is_left(visit):
    opened = visit("data:text/html,<script>onbeforeunload = () => console.error('cut off')</script>")
    opened.page.reload()
    assert opened.errors == []
    opened.page.evaluate("console.error('broken')")
    assert opened.errors == ["broken"]
    with pytest.raises(AssertionError):
        opened.check()
