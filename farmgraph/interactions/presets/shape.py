"""What a preset is made of. A preset is data: it names fields, and the reader does the rest.

Fields are named by *paths*:

========================  ===========================================================================
``user.id_str``           a field inside a field; in a table the column of that name, dots and all
``entities.urls[].url``   the field ``url`` of every element of a list
``refs[type=quoted].id``  the field ``id`` of those elements whose ``type`` is ``quoted``; in a table the list is a
                          column that holds JSON
``hashtags[]``            every element itself; in a table a list written as text, such as
                          ``['a', 'b']``, ``[a, b]``, ``["a"]``, ``a, b`` or ``a b`` (for addresses)
``ids[!=0]``              every element but ``0``
``joined:text[].text``    all texts at a path in one piece
========================  ===========================================================================

Empty fields are no content: a post without a link makes no interaction with a link.
"""

from dataclasses import dataclass

TIME_KINDS = ("", "snowflake", "twitter", "eastern", "rfc2822", "%")
"""How a time may be written: see `Preset.time`."""


@dataclass(frozen=True)
class Act:
    """One way in which an account acts on a content.

    Attributes
    ----------
    action : str
        What stands in the column ``action``: share, repost, reply, quote, link, hashtag, text, like, ...
    content : tuple of str
        Paths; the first that is not empty is the content.
    rule : str
        How names of contents are made comparable: ``""`` (as they are), ``"url"``, ``"text"`` or ``"hashtag"``.
    where : tuple of str
        Conditions that must all hold: ``"path"`` (there and not empty), ``"!path"`` (missing or empty),
        ``"path=value"``, ``"path!=value"``; letter case of values does not matter.
    holds : str
        What a name of such a content tells of people, which pseudonyms have to hide: ``"account"`` (it is an account
        itself, or what one is called), ``"person"`` (an address with its author's name in it; texts are such without
        saying so), or nothing.
    kind : str
        A word in front of the content, for numbers that other contents of the format may have as well.
    of_file : bool
        Whether names of contents count within one file only, such as numbers of messages in a chat.
    """

    action: str
    content: tuple[str, ...]
    rule: str = ""
    where: tuple[str, ...] = ()
    holds: str = ""
    kind: str = ""
    of_file: bool = False

    @property
    def tells_of_people(self) -> str:
        """What pseudonyms have to hide of its contents: ``"account"``, ``"person"`` or nothing."""
        return self.holds or ("person" if self.rule == "text" else "")


@dataclass(frozen=True)
class Preset:
    """A known export format.

    Attributes
    ----------
    name : str
        What it is called in options, such as ``"twitter-v2"``.
    title : str
        What it is called by people.
    about : str
        Where the format is documented, what was at hand when the preset was written, and what it lacks.
    account : tuple of str
        Paths; the first that is not empty says who acted.
    time : tuple of str
        Paths, each with a way of writing in front of it where the usual ones (ISO 8601, Unix time) do not do:
        ``"snowflake:id_str"`` (milliseconds inside the id of a tweet), ``"twitter:created_at"``
        (``Wed Oct 10 20:19:24 +0000 2018``), ``"eastern:Post Created"`` (``2020-11-03 23:59:31 EST``),
        ``"rfc2822:date"``, or a strptime pattern: ``"%d/%m/%Y %H:%M|date"``. The first that can be read counts.
    acts : tuple of Act
        What accounts do, the most telling first.
    marks : tuple of str
        Fields or columns by which the format is recognised; all must be there. A field may name several,
        of which one must be there: ``"urls|expanded_urls"``.
    json, table : bool
        Whether it comes as JSON, as a table (CSV, Parquet, data frame), or as both.
    resolution_s : float
        Seconds between two ticks of its clock; what is closer than that cannot be told apart.
    against : tuple of str
        Fields that speak against the format: with one of them a log is not recognised as it.
    key, undo : tuple of str, str
        For streams in which an event can take back an earlier one: paths that together name the event, and the
        condition (as in `Act.where`) that makes a row the undoing of the earlier row with the same key.
    notes : tuple of str
        What the reader should be told each time, one plain sentence each.
    """

    name: str
    title: str
    about: str
    account: tuple[str, ...]
    time: tuple[str, ...]
    acts: tuple[Act, ...]
    marks: tuple[str, ...]
    json: bool = False
    table: bool = False
    resolution_s: float = 0.0
    against: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    undo: str = ""
    notes: tuple[str, ...] = ()

    @property
    def contents_are_accounts(self) -> bool:
        """Whether all that is acted on are accounts, too: followers, connections."""
        return all(act.holds == "account" for act in self.acts)
