"""The generated parts of the documentation are what the code says."""

from tests.tools.docs import README, with_parts


def test_readme_is_generated_from_the_code() -> None:
    text = README.read_text("utf-8")
    assert with_parts(text) == text, "run `make docs`"
