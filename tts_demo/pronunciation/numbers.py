"""Numbers in running text to words: times, dates, money, years, ordinals, telephone numbers, fractions, units.

Everything here maps a string to a string in which the digits are written out in lower case. Integers up to 15 digits
are read as quantities; longer runs, and runs that look like telephone or serial numbers, digit by digit, so that no
input becomes much longer than its digits read out one by one.
"""

import re
from collections.abc import Callable

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST_QUANTITY = 15  # digits: up to hundreds of trillions

# symbol: one, several, one hundredth, several hundredths
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "", ""),
}

# unit: one, several. Only after a number, and in this case (5 m is metres, 5 M is not).
UNITS = {
    "km": ("kilometer", "kilometers"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"),
    "m": ("meter", "meters"), "ft": ("foot", "feet"), "mi": ("mile", "miles"), "kg": ("kilogram", "kilograms"),
    "g": ("gram", "grams"), "mg": ("milligram", "milligrams"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"), "ml": ("milliliter", "milliliters"),
    "km/h": ("kilometer per hour", "kilometers per hour"), "mph": ("mile per hour", "miles per hour"),
    "m/s": ("meter per second", "meters per second"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"), "dB": ("decibel", "decibels"), "KB": ("kilobyte", "kilobytes"),
    "kB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"), "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"), "ms": ("millisecond", "milliseconds"), "s": ("second", "seconds"),
    "sec": ("second", "seconds"), "min": ("minute", "minutes"), "h": ("hour", "hours"), "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"), "°C": ("degree celsius", "degrees celsius"),
    "°F": ("degree fahrenheit", "degrees fahrenheit"), "°": ("degree", "degrees"), "kW": ("kilowatt", "kilowatts"),
    "W": ("watt", "watts"), "V": ("volt", "volts"), "%": ("percent", "percent"),
}  # fmt: skip

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
MAGNITUDES = "thousand|million|billion|trillion"
_QUANTITY = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"


def _num2words(number: int, to: str) -> str:
    from num2words import num2words  # 50 ms: only when there is a number

    return str(num2words(number, to=to)).replace(",", "").replace("-", " ")


def read_digits(run: str) -> str:
    """Read a run of digits one by one.

    Examples
    --------
    >>> read_digits("404")
    'four zero four'
    """
    return " ".join(DIGITS[int(digit)] for digit in run)


def read_integer(digits: str) -> str:
    """Read a run of digits as a quantity, or digit by digit when it begins with a zero or is very long.

    Examples
    --------
    >>> read_integer("123")
    'one hundred and twenty three'
    """
    if len(digits) > LONGEST_QUANTITY or (len(digits) > 1 and digits.startswith("0")):
        return read_digits(digits)
    return _num2words(int(digits), "cardinal")


def read_quantity(number: str) -> str:
    """Read a number that may have commas between thousands and a decimal point.

    Examples
    --------
    >>> read_quantity("1,234.50")
    'one thousand two hundred and thirty four point five zero'
    """
    whole, _, decimals = number.replace(",", "").partition(".")
    words = read_integer(whole or "0")
    return f"{words} point {read_digits(decimals)}" if decimals else words


def read_ordinal(digits: str) -> str:
    """Read 3 as "third"; very long ones as a quantity and "th"."""
    if len(digits) > LONGEST_QUANTITY:
        return read_digits(digits) + " th"
    return _num2words(int(digits), "ordinal")


def read_year(digits: str) -> str:
    """Read four digits as a year: 1998 "nineteen ninety eight", 2005 "two thousand and five"."""
    return _num2words(int(digits), "year")


def _looks_like_year(digits: str) -> bool:
    return len(digits) == 4 and digits.isdecimal() and 1100 <= int(digits) < 2100


def read_number(number: str) -> str:
    """Read a number as it stands in a text: as a year, as digits or as a quantity, whichever it looks like."""
    if _looks_like_year(number):
        return read_year(number)
    if number.isdecimal() and len(number) >= 7 and not number.endswith("000"):
        return read_digits(number)
    return read_quantity(number)


def _plural(words: str) -> str:
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def _time(match: re.Match[str]) -> str:
    hour, minute, second = int(match[1]), int(match[2]), match[3]
    words = read_integer(str(hour))
    if minute == 0 and not second:
        words += " o'clock" if 1 <= hour <= 12 and not match[4] else "" if match[4] else " hundred"
    else:
        words += f" {'oh ' if 0 < minute < 10 else ''}{read_integer(str(minute))}"
    if second:
        words += f" and {read_integer(str(int(second)))} seconds"
    return f" {words} " + (f" {match[4].upper()} M " if match[4] else "")


def _date(match: re.Match[str]) -> str:
    year, month, day = match[1], int(match[2]), match[3]
    return f" {MONTHS[month - 1]} {read_ordinal(str(int(day)))}, {read_number(year)} "


def _money(symbol: str, amount: str, magnitude: str | None) -> str:
    one, several, cent, cents = CURRENCIES[symbol]
    if magnitude:
        return f" {read_quantity(amount)} {magnitude.lower()} {several} "
    whole, _, decimals = amount.replace(",", "").partition(".")
    if cent and len(decimals) == 2:
        main = f"{read_integer(whole)} {one if whole == '1' else several}" if whole.strip("0") else ""
        part = f"{read_integer(str(int(decimals)))} {cent if decimals == '01' else cents}" if int(decimals) else ""
        if main or part:
            return f" {' and '.join(filter(None, (main, part)))} "
    return f" {read_quantity(amount)} {one if amount == '1' else several} "


def _telephone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    plus = " plus " if match[0].startswith("+") else " "
    return plus + ", ".join(read_digits(group) for group in groups) + " "


def _fraction(match: re.Match[str]) -> str:
    """Read 1/2, 3⁄4, 2 1/2; what is no small proper fraction (24/7) is read as its two numbers."""
    whole, above, below = match[1], int(match[2]), int(match[3])
    if above >= below:
        return f" {whole or ''} {above} {below} "
    names = {2: ("half", "halves"), 4: ("quarter", "quarters")}
    ordinal = read_ordinal(str(below))
    one, several = names.get(below, (ordinal, ordinal + "s"))
    words = f"{read_integer(str(above))} {one if above == 1 else several}"
    return f" {read_integer(whole)} and {words} " if whole else f" {words} "


def _scientific(match: re.Match[str]) -> str:
    sign = "minus " if match[2] == "-" else ""
    return f" {read_quantity(match[1])} times ten to the power of {sign}{read_integer(match[3])} "


def _unit(match: re.Match[str]) -> str:
    one, several = UNITS[match[2]]
    return f" {read_quantity(match[1])} {one if match[1] == '1' else several} "


_unit_names = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_clock = r"(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?: ?([ap])\.?m\b\.?)?(?![\d:])"

# In this order: the most specific first.
_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(rf"([$£€¥]) ?({_QUANTITY})(?:[ -]?({MAGNITUDES})\b)?", re.I), lambda match: _money(*match.groups())),
    (re.compile(rf"(?<![\d.,])({_QUANTITY}) ?([$£€¥])"), lambda match: _money(match[2], match[1], None)),
    (re.compile(_clock, re.I), _time),
    (re.compile(r"(?<![\d-])(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])"), _date),
    (re.compile(r"(?<![\d.,-])(?:\+?\d{1,3}[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])?\d{3}[.-]\d{4}(?![\d-])"), _telephone),
    (re.compile(r"\+\d{1,3}(?:[ .-]?\d{2,4}){2,5}(?!\d)"), _telephone),
    (re.compile(r"(?<![\d.,/⁄])(?:(\d{1,3}) )?(\d{1,2})[/⁄](10|[2-9])(?![\d/⁄])"), _fraction),
    (re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?)(\d+)(?!\w)"), _scientific),
    (re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?!\w)"),
     lambda match: " " + " dot ".join(read_number(part) for part in match[0].split(".")) + " "),
    (re.compile(r"(?<!\d)(\d{1,4})'?s\b"), lambda match: f" {_plural(read_number(match[1]))} "),
    (re.compile(rf"(?<![\d.,])({_QUANTITY}) ?({_unit_names})(?![\w/])"), _unit),
    (re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b", re.I),
     lambda match: f" {read_ordinal(match[1].replace(',', ''))} "),
    (re.compile(r"(?<![\d–-])(\d+) ?[–-] ?(\d+)(?![\d–-])"), lambda match: f"{match[1]} to {match[2]}"),
    (re.compile(r"(?<![\w)])-(?=\.?\d)"), lambda match: " minus "),
    (re.compile(_QUANTITY), lambda match: f" {read_number(match[0])} "),
]  # fmt: skip


def write_out(text: str) -> str:
    """Replace every number in a text, with its currency or unit, by words.

    Parameters
    ----------
    text
        Text whose only digits are 0 to 9.

    Examples
    --------
    >>> " ".join(write_out("It cost $3.50 in 1998.").split())
    'It cost three dollars and fifty cents in nineteen ninety eight .'
    """
    for pattern, replace in _RULES:
        text = pattern.sub(replace, text)
    return text
