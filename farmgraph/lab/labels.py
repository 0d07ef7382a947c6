"""Labels: which accounts of a log were planted together, and as what."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from farmgraph.errors import InputError

FARM = "farm"
BENIGN = "benign coordination"
LOOK_ALIKE = "look-alike"
LABELS = (FARM, BENIGN, LOOK_ALIKE)
"""What a group can be. Accounts of no group are the crowd."""

IN_LOCKSTEP = (FARM, BENIGN)
"""Labels of groups that do act in lockstep: what a detector should find."""

MEMBER_COLUMNS = ("group", "kind", "label", "account")
TARGET_COLUMNS = ("group", "content")
LABELS_FILE, TARGETS_FILE = "labels.csv", "targets.csv"


@dataclass(frozen=True)
class Labels:
    """Planted groups: who is in them and what they act on. An account may be in several.

    Attributes
    ----------
    members : pandas.DataFrame
        ``group`` (str, unique name), ``kind`` (str, such as ``burst`` or ``fan club``), ``label`` (one of
        `LABELS`), ``account`` (str): one row per group and account.
    targets : pandas.DataFrame
        ``group``, ``content`` (str): what the group acts on. Empty where that is not known.
    """

    members: pd.DataFrame
    targets: pd.DataFrame

    def __post_init__(self) -> None:
        for name, columns in (("members", MEMBER_COLUMNS), ("targets", TARGET_COLUMNS)):
            found = tuple(getattr(self, name).columns)
            if found != columns:
                raise TypeError(f"{name} has the columns {columns}, got {found}")

    @property
    def groups(self) -> pd.DataFrame:
        """One row per group, in order of appearance: ``group``, ``kind``, ``label``, ``n_accounts``."""
        by_group = self.members.groupby(["group", "kind", "label"], sort=False)["account"].nunique()
        return by_group.rename("n_accounts").reset_index()

    def accounts(self, *labels: str) -> set[str]:
        """Return the accounts that are in any group with one of these labels."""
        return set(self.members.loc[self.members["label"].isin(labels), "account"])

    def accounts_of(self, group: str) -> set[str]:
        """Return the accounts of one group."""
        return set(self.members.loc[self.members["group"] == group, "account"])

    def contents_of(self, group: str) -> set[str]:
        """Return the contents that one group acts on."""
        return set(self.targets.loc[self.targets["group"] == group, "content"])


def read_labels(source: Any) -> Labels:
    """Read labels from a file, a folder that `farmgraph simulate` wrote, or a table.

    Parameters
    ----------
    source : path or table
        A folder with ``labels.csv`` (and ``targets.csv``), a CSV or Parquet file, or a table (pandas, polars,
        pyarrow, ...). The column ``account`` is needed. Without ``group`` all rows are one group, without ``label``
        every group is a farm, without ``kind`` the kind is the label.

    Returns
    -------
    Labels
        Each account once per group. Without a folder, or without ``targets.csv`` in it, `targets` is empty.

    Raises
    ------
    InputError
        If the file cannot be read, has no column ``account``, an account or group is missing, a label is not one
        of `LABELS`, or one group has two kinds or labels.

    Notes
    -----
    It does not compare the names with any log: `farmgraph.evaluate` does.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> labels = fg.read_labels(pd.DataFrame({"account": ["a", "b", "c"], "group": ["x", "x", "y"]}))
    >>> labels.groups.values.tolist()
    [['x', 'farm', 'farm', 2], ['y', 'farm', 'farm', 1]]
    """
    targets = pd.DataFrame({name: pd.Series(dtype="str") for name in TARGET_COLUMNS})
    if isinstance(source, str | Path):
        path = Path(source)
        if path.is_dir():
            if (path / TARGETS_FILE).is_file():
                targets = _texts(_read(path / TARGETS_FILE), TARGET_COLUMNS, path / TARGETS_FILE)
            path = path / LABELS_FILE
        table, name = _read(path), str(path)
    elif hasattr(source, "__arrow_c_stream__"):
        table, name = pa.table(source).to_pandas(), "The table"
    else:
        raise InputError(f"Got a {type(source).__name__}; expected a path or a table of labels.")
    if "account" not in table:
        raise InputError(f"{name} has the columns {list(table.columns)}; expected 'account' among them.")
    table = table.assign(
        group=table.get("group", "all"),
        label=table.get("label", FARM),
    )
    table = _texts(table.assign(kind=table.get("kind", table["label"])), MEMBER_COLUMNS, name)
    unknown = sorted(set(table["label"]) - set(LABELS))
    if unknown:
        raise InputError(f"{name} has the label {unknown[0]!r}; expected one of {', '.join(LABELS)}.")
    table = table.drop_duplicates(ignore_index=True)
    twice = table.drop_duplicates(["group", "kind", "label"])["group"]
    if twice.duplicated().any():
        raise InputError(
            f"{name} gives group {twice[twice.duplicated()].iloc[0]!r} two kinds or labels; expected one of each."
        )
    return Labels(table, targets)


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        # Names are texts, whatever they look like: "007" and "NA" are accounts.
        return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise InputError(
            f"There is no file {path}; expected labels, or a folder that 'farmgraph simulate' wrote."
        ) from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"Cannot read {path} as labels: {error}.") from None


def _texts(table: pd.DataFrame, columns: tuple[str, ...], name: "str | Path") -> pd.DataFrame:
    for column in columns:
        if column not in table:
            raise InputError(f"{name} has the columns {list(table.columns)}; expected {column!r} among them.")
        missing = int(table[column].isna().sum())
        if missing:
            raise InputError(f"{name} has {missing:,} rows without {column}; expected one in each.")
    return table[list(columns)].astype("str")
