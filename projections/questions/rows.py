"""The query for the rows of one subject at the two dates of a question, and the refusal if there is
none."""

from psycopg import sql

from ledger.dates import in_words
from ledger.errors import NotKnownThen, NotRecorded
from projections.questions.question import Question
from projections.read_models.tables import HERE, Table


def beside_its_report(table: Table, found_by: sql.Composable, *more: sql.Composable) -> bytes:
    """Return the query for rows at the two dates, each with its report's row (null if the report
    does not exist), the version of its stream, and `more` columns. Each connection plans it once
    (bench/README.md)."""
    return (
        sql.SQL(
            """
    SELECT one.state, about.state,
           (SELECT version FROM ledger.entries WHERE stream = %(stream)s AND position <= %(k)s
             ORDER BY version DESC LIMIT 1){more}
      FROM projections.{table} AS one
      LEFT JOIN projections.reports AS about ON about.report = one.report AND {about_here}
     WHERE one.report = %(report)s AND {found_by} AND {one_here}
    """
        )
        .format(
            table=sql.Identifier(table.name),
            found_by=found_by,
            more=sql.SQL("").join(sql.SQL(", {}").format(one) for one in more),
            about_here=HERE.format(one=sql.Identifier("about")),
            one_here=HERE.format(one=sql.Identifier("one")),
        )
        .as_bytes()
    )


def not_there(question: Question, what: str, *, recorded: bool) -> NotKnownThen | NotRecorded:
    """Return the refusal for a subject without a row: not known then, or not recorded at all."""
    if not recorded:
        return NotRecorded(f"No {what} is recorded.")
    when = question.when
    return NotKnownThen(
        f"Nothing about the {what} was recorded by position {when.position:,}, or it had not "
        f"happened by {in_words(when.effective_on)}."
    )
