"""
Finds what can be changed in a C source, and writes the source with all changes in it, of which one can
be chosen when it runs: no change is compiled alone.

Changes, each a mutant with a number:

    check    `if (c) return ...` never returns
    operand  one operand of a || or && chain does not count
    border   < becomes <=, <= becomes <, > becomes >=, >= becomes >
    equal    == becomes !=, and the other way round

The source is read as tokens in brackets, which is as much C as this needs. Preprocessor lines, what is
outside functions and static tables stay as they are.
"""

import re
from typing import NamedTuple

TOKEN = re.compile(r"""
    /\*.*?\*/ | //[^\n]* | \#(?:\\\n|[^\n])* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
  | \s+ | [A-Za-z_]\w* | \d[\w.]* | <<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=
  | .""", re.S | re.X)

BORDERS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
EQUALS = {"==": "!=", "!=": "=="}
ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=")
CLOSING = {"(": ")", "[": "]", "{": "}"}


class Mutant(NamedTuple):
    number: int
    path: str
    line: int
    kind: str
    was: str
    becomes: str
    time: int  # counted from 1, of all in the file that are the same

    @property
    def key(self):
        """What it is called in the list of equivalent ones: nothing that moves with other lines."""
        again = f" ({self.time})" if self.time > 1 else ""
        return f"{self.path}: {self.was} -> {self.becomes}{again}"


class Group(NamedTuple):
    """What stands in brackets."""
    open: str
    inner: list
    line: int


def is_blank(token):
    return isinstance(token, str) and (token.isspace() or token.startswith(("/*", "//", "#")))


def parse(text):
    """Text as a list of strings and Groups, with the line of each string found by `lines`."""
    stack, line = [Group("", [], 1)], 1
    for match in TOKEN.finditer(text):
        token = match[0]
        if token in CLOSING:
            stack.append(Group(token, [], line))
        elif token in CLOSING.values():
            group = stack.pop()
            assert CLOSING[group.open] == token, (token, line)
            stack[-1].inner.append(group)
        else:
            stack[-1].inner.append(token)
        line += token.count("\n")
    return stack[0].inner


def plain(tokens):
    """The text that tokens were."""
    return "".join(t if isinstance(t, str) else t.open + plain(t.inner) + CLOSING[t.open]
                   for t in tokens)


def short(tokens):
    text = re.sub(r"/\*.*?\*/", "", plain(tokens), flags=re.S)
    return re.sub(r"\s+", " ", text).strip()


def split(tokens, *separators):
    """Tokens between separators of this level: [(tokens, the separator behind them or "")]."""
    parts, part = [], []
    for token in tokens:
        if isinstance(token, str) and token in separators:
            parts.append((part, token))
            part = []
        else:
            part.append(token)
    return [*parts, (part, "")]


def words(tokens):
    return [t for t in tokens if not is_blank(t)]


class Mutator:
    """Writes one file with its mutants; `mutants` are numbered on from those of other files."""

    def __init__(self, path, mutants):
        self.path, self.mutants, self.line = path, mutants, 1

    def add(self, kind, was, becomes):
        number = len(self.mutants) + 1
        time = 1 + sum((m.path, m.was, m.becomes) == (self.path, was, becomes) for m in self.mutants)
        self.mutants.append(Mutant(number, self.path, self.line, kind, was, becomes, time))
        return f"mutant_is({number})"

    def file(self, text):
        tokens, out = parse(text), []
        previous = None
        for token in tokens:
            is_body = isinstance(token, Group) and token.open == "{" and \
                isinstance(previous, Group) and previous.open == "("
            if is_body:
                self.line = token.line
                out.append("{" + self.statements(token.inner) + "}")
            else:
                out.append(plain([token]))
            if not is_blank(token):
                previous = token
        return "".join(out)

    def count_lines(self, tokens):
        self.line += plain(tokens).count("\n")

    def statements(self, tokens):
        """The inside of a body: statements, of which those in brackets hold others."""
        out = []
        while tokens:
            token, tokens = tokens[0], tokens[1:]
            if isinstance(token, Group) and token.open == "{":
                out.append("{" + self.statements(token.inner) + "}")
            elif is_blank(token) or token in ("else", "do", ";", ":"):
                out.append(token)
                self.count_lines([token])
            elif token in ("if", "while", "switch", "for"):
                text, tokens = self.controlled(token, tokens)
                out.append(text)
            else:
                tokens = [token, *tokens]
                end = next(i for i, t in enumerate(tokens) if self.ends(token, t))
                out.append(self.simple(tokens[:end]))
                tokens = tokens[end:]
        return "".join(out)

    @staticmethod
    def ends(first, token):
        return token == (":" if first in ("case", "default") else ";")

    def controlled(self, word, tokens):
        """if, while, for or switch with its brackets; the statement behind comes as one of its own."""
        place = next(i for i, t in enumerate(tokens) if isinstance(t, Group))
        space, group, rest = tokens[:place], tokens[place], tokens[place + 1:]
        self.line = group.line
        first = words(rest)[:1]
        if first and isinstance(first[0], Group):
            first = words(first[0].inner)[:1]
        if word == "for":
            inner = "".join(self.simple(part) + end for part, end in split(group.inner, ";"))
        elif word == "if" and first == ["return"]:
            inner = self.condition(group.inner, self.add("check", short(group.inner), "no check"))
        else:
            inner = self.expression(group.inner)
        self.line = group.line + plain([group]).count("\n")
        return f"{word}{plain(space)}({inner})", rest

    def condition(self, tokens, never):
        return f"{never} ? 0 : ({self.expression(tokens)})"

    def simple(self, tokens):
        """A declaration, an assignment, a return, a call."""
        first = words(tokens)[:1]
        if first and first[0] in ("static", "case", "default", "goto", "_Static_assert"):
            self.count_lines(tokens)
            return plain(tokens)
        if first == ["return"]:
            place = tokens.index("return") + 1
            return plain(tokens[:place]) + " " + self.expression(tokens[place:])
        return self.expression(tokens)

    def expression(self, tokens):
        if not words(tokens):
            self.count_lines(tokens)
            return plain(tokens)
        parts = split(tokens, ",")
        if len(parts) > 1:
            return "".join(self.expression(part) + end for part, end in parts)
        for i, token in enumerate(tokens):
            if isinstance(token, str) and token in ASSIGNMENTS:
                self.count_lines(tokens[:i])
                return plain(tokens[:i + 1]) + " " + self.expression(tokens[i + 1:])
        parts = split(tokens, "?", ":")
        if len(parts) > 1:
            return "".join(self.chain(part) + " " + end + " " for part, end in parts)
        return self.chain(tokens)

    def chain(self, tokens):
        for operator, neutral in (("||", "0"), ("&&", "1")):
            parts = split(tokens, operator)
            if len(parts) > 1:
                return f" {operator} ".join(
                    self.operand(part, tokens, operator, neutral) for part, _ in parts)
        return self.comparison(tokens)

    def operand(self, part, whole, operator, neutral):
        self.count_lines([t for t in part[:1] if is_blank(t)])
        chosen = self.add("operand", short(whole), f"without {short(part)}")
        self.line -= sum(plain([t]).count("\n") for t in part[:1] if is_blank(t))
        return f"({chosen} ? {neutral} : ({self.chain(part)}))"

    def comparison(self, tokens):
        for table, kind in ((EQUALS, "equal"), (BORDERS, "border")):
            places = [i for i, t in enumerate(tokens) if isinstance(t, str) and t in table]
            if len(places) != 1:
                continue
            left, sign, right = tokens[:places[0]], tokens[places[0]], tokens[places[0] + 1:]
            other = table[sign]
            chosen = self.add(kind, short(tokens), f"{short(left)} {other} {short(right)}")
            a, b = self.groups(left), self.groups(right)
            return f"({chosen} ? ({a} {other} {b}) : ({a} {sign} {b}))"
        return self.groups(tokens)

    def groups(self, tokens):
        """What is left holds no operator of ours but in brackets."""
        out = []
        for token in tokens:
            if isinstance(token, Group):
                out.append(token.open + self.expression(token.inner) + CLOSING[token.open])
            else:
                out.append(token)
                self.count_lines([token])
        return "".join(out)
