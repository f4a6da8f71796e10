"""From a page settled to acts decided: its report, recommendations and duty, and its response.

New parts are added; recorded parts are left. A report whose words were taken from this page says
since what the page says since. The words of its recommendations are its publisher's: a response
page in other words does not revise them.

Everything that a page brings is one decision and so one transaction; every entry cites the capture
of its bytes. Nothing is guessed: what cannot be settled is listed with its line.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ledger import dates
from ledger.acts.decision import Decision
from ledger.acts.duty import add_duty
from ledger.acts.report import Raise, publish_report, raise_recommendation
from ledger.acts.revision import may_change_report, revise_report
from ledger.date_phrases import DatePhrase
from ledger.errors import Refused
from ledger.events import (
    BodyRegistered,
    RecommendationRaised,
    ReportPublished,
    ReportRevised,
    ResponseDutyArose,
)
from ledger.events.recommendation import Partner
from ledger.events.report import REPORT_KINDS, ReportKind
from ledger.events.streams import (
    key_of,
    recommendation_of,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.events.texts import say
from ledger.intake.pages.final_page import surely, unsure
from ledger.intake.pages.suggestions import suggest
from ledger.intake.pages.values import (
    ANOTHER,
    Page,
    RecommendationRead,
    RecordedReport,
    Suggested,
    Suggestion,
)
from ledger.intake.proposals.draft import (
    Intake,
    PageDraft,
    PageFile,
    Proposal,
    acts_of,
    said,
)
from ledger.intake.proposals.duties import bring_duties
from ledger.intake.proposals.look_alikes import (
    LooksAlike,
    Outline,
    Recorded,
    titled,
    titles_of,
)
from ledger.intake.proposals.recorded_reports import looks_like, read_report
from ledger.intake.proposals.response import take_response
from ledger.intake.proposals.wordings import addresses, find, folded
from ledger.register import body_named
from ledger.states.effect import in_effect
from ledger.states.report import Report
from ledger.states.service import GROUPS, Service


def take_pages(decision: Decision, files: Sequence[PageFile], body: str, intake: Intake) -> None:
    """Add to a decision what pages of a body bring that is new to the log."""
    for file in files:
        page = file.final or _surely(decision, file, body, intake)
        if page is not None:
            bodies = decision.service.bodies
            published = tuple(body_named(one, bodies) or one for one in page.publishers)
            page = replace(page, publishers=published)
            _take_page(PageDraft(decision, file, page, body, intake))


def suggested(
    decision: Decision,
    file: PageFile,
    body: str,
    *,
    listed: bool = False,
    report: str | None = None,
) -> list[Suggestion]:
    """Return the suggestions for a page of a body; as the response to a recorded report, if one is
    given. Raise Unfit if the body is unknown, and
    NotRecorded if the report is."""
    service = decision.service
    whose = decision.body(body)
    recorded = read_report(decision, report, body) if report else None
    return suggestions(file, whose, service, listed=listed, recorded=recorded)


def suggestions(
    file: PageFile,
    body: BodyRegistered,
    service: Service,
    *,
    listed: bool = False,
    recorded: RecordedReport | None = None,
) -> list[Suggestion]:
    """Return the suggestions for a page of a body, one for each report, with names from the
    register."""
    who = partial(body_meant, responding=body, service=service)
    found = suggest(file.blocks, file.name, who, listed=listed, recorded=recorded)
    if not listed or body.kind != "inspectorate":
        return found
    own: Suggested[tuple[str, ...]] = Suggested((body.id,), why="it is said to be its page")
    return [replace(one, publishers=one.publishers or own) for one in found]


def _surely(decision: Decision, file: PageFile, body: str, intake: Intake) -> Page | None:
    """Return what a page surely says; None where it was recorded already as a person settled it.

    Raise Refused if what counts isn't sure: a person settles that by a draft.
    """
    found = suggestions(file, decision.body(body), decision.service)
    why = unsure(found[0])
    if len(found) > 1:
        titles = "”, “".join(one.title.value for one in found if one.title)
        why = [f"which words belong to which of its {len(found)} reports (“{titles}”)"]
    if not why:
        return surely(found[0])
    alike = looks_like(decision, body, file.blocks)
    for each in alike:
        for stream in (response_stream(each.reference, body), report_stream(each.reference)):
            if any(one.batch and one.batch.id == file.batch for one in decision.stream(stream)):
                says = "the page, as a person settled it"
                intake.proposals.append(Proposal(file.name, 1, says, new=False))
                return None
    report = f" --report {alike[0].reference}" if alike else ""
    how = (
        f"settle it by a draft: `answerable draft {file.name} --body {body}{report} --out "
        "draft.toml`, and when you have looked at it, `answerable import draft.toml`"
    )
    if found[0].kind_of_page == "response":
        raise Refused(
            "unsure",
            f"{file.name}: nothing was recorded. Not sure: {'; '.join(why)}. To go on, {how}.",
        )
    raise Refused("unsure", f"{file.name}: nothing was recorded: {why[0]}. If it is one, {how}.")


def _take_page(draft: PageDraft) -> None:
    before = len(draft.decision.entries)
    if draft.page.recorded is not None:
        _begin(draft, draft.page.recorded)
    else:
        draft.reference = _take_report(draft)
        _recommendations(draft)
    if draft.page.everybody:
        _who_must_respond(draft)
    else:
        _duty(draft)
        take_response(draft)
    draft.intake.about(draft.reference)
    draft.intake.unread.extend(draft.page.unread)
    if len(draft.decision.entries) == before:
        draft.decision.drop(draft.capture)  # nothing cites it


def _begin(draft: PageDraft, recorded: RecordedReport) -> None:
    """Begin from a recorded report: what it says and recommends is recorded, and is not changed."""
    draft.reference = recorded.reference
    service = draft.decision.service
    draft.found(
        1, f"report “{recorded.title}”, published on {dates.in_words(recorded.published_on)}"
    )
    for one in recorded.recommendations:
        concerned = [each for each in one.addressees if service.concerns(draft.body.id, each)]
        draft.raised[one.key] = [(one.number, addressee) for addressee in concerned]
    for passage in draft.page.passages:
        if passage.how == "named" and not draft.raised[passage.key]:
            why = f"recommendation {passage.key} is addressed to no body for which it answers"
            draft.leave(passage.lines[0], passage.text, why)


def _take_report(draft: PageDraft) -> str:
    """Return the reference of the page's report. Raise Refused if the page does not say which it
    is."""
    read = draft.page
    day = read.published_on
    line = read.title.line
    says = f"report “{read.title.value}”, published on {dates.in_words(day)}"
    if (found := _recorded(draft, read)) is not None:
        draft.found(line, says)
        _compare_day(draft, found)
        _compare_words(draft, found)
        return found.reference
    event = ReportPublished(
        title=read.title.value,
        kind=_kind(draft),
        publisher=read.publishers[0],
        publishers=read.publishers if len(read.publishers) > 1 else None,
        cites=said(read.cites),
        key_findings=said(read.key_findings.text if read.key_findings else None),
        listed_by="report" if draft.page.everybody else "response",
    )
    entry = publish_report(
        draft.decision, event, draft.notice(day), reference=None, bodies=(), recommendations=()
    )
    draft.new(line, says)
    return entry.stream.removeprefix("report/")


def _kind(draft: PageDraft) -> ReportKind:
    """Return the kind of a report that is new here. Raise Refused if its page does not say it."""
    if draft.page.kind is None:
        raise Refused(
            "unread",
            f"{draft.page.file}: the page does not say its kind in words that are known here: give "
            f"it in a draft (one of {', '.join(REPORT_KINDS)}).",
        )
    return draft.page.kind


def _recorded(draft: PageDraft, read: Page) -> Report | None:
    """Return the recorded report that this page means, whoever entered it: the one that a person
    named, or the one of this publisher, title and day. Else it is one with a recommendation in the
    page's words that was recorded from the page's address or has an unknown day.

    Raise Refused if a recorded report merely resembles it: a person says in the draft which it is.
    """
    attach = draft.page.attach
    if attach not in (None, ANOTHER):
        return draft.decision.report(str(attach))
    count = len(draft.page.recommendations)
    own = Outline(read.title.value, read.published_on, read.publishers, count)
    recorded = Recorded(draft.decision)
    if (surely_it := recorded.surely(own)) is not None:
        return surely_it
    alike = []
    for found, titles in recorded.of_publishers(own):
        here = draft.file.url is not None and draft.file.url in addresses(found.published)
        day_open = None in (found.published_on, read.published_on)
        if here or (titled(own.title) in titles and day_open):
            alike.append(found)
    if (same := next((found for found in alike if _has_its_words(draft, found)), None)) is not None:
        return same
    if attach is None and (alikes := recorded.alike(own)):
        raise LooksAlike(draft.page.file, own, alikes, 'attach = "{}" in a draft')
    return None


def _has_its_words(draft: PageDraft, found: Report) -> bool:
    """Return whether a recommendation of the page is recorded under a report in the same words."""
    texts = {read.key: folded(read.text) for read in draft.page.recommendations}
    return any(
        wording is not None and folded(wording) == texts.get(to.key)
        for to, one, _ in draft.decision.raised_in(found.reference)
        for wording in draft.wordings(one, "text")
    )


def _compare_day(draft: PageDraft, found: Report) -> None:
    """List where the page gives another day for the report: its publisher's page settles that."""
    read = draft.page
    days = {found.published_on, found.published.original.occurred_on}
    if read.published is None or read.published_on in days:
        return
    known = dates.in_words(found.published_on)
    why = f"the report is recorded as of {known}; its publisher's own page would correct that"
    draft.leave(read.published.line, read.published.words, why)


def _compare_words(draft: PageDraft, found: Report) -> None:
    """Propose as revisions the words of the page about the report that differ from those
    recorded."""
    here, there = draft.file.url, addresses(found.published)
    if found.data.listed_by != "response" or (here and there and here not in there):
        return
    try:
        may_change_report(draft.decision, found)
    except Refused:
        return  # it was recorded from the page of another
    read = draft.page
    acts = in_effect(draft.decision.stream(report_stream(found.reference)))
    titles = titles_of(found, [one.entry for one in acts])
    for field, says, words in (
        ("title", "the report's title", read.title.value),
        ("cites", "the law that the page cites", read.cites),
        ("key_findings", "the key findings", read.key_findings and read.key_findings.text),
    ):
        if not words or (field == "title" and titled(words) in titles):
            continue
        recorded = draft.wordings(found.published, field)
        for one in acts:
            if isinstance(one.data, ReportRevised) and one.data.field == field:
                recorded += draft.wordings(one, "now")
        if find(words, recorded) != "new words":
            continue
        revise_report(draft.decision, found.reference, draft.notice_now, field=field, now=words)
        line = ((field == "key_findings" and read.key_findings) or read.title).line
        draft.revised(line, f"the page now gives otherwise {says}", recorded[-1] or "", words)


def _recommendations(draft: PageDraft) -> None:
    for read in draft.page.recommendations:
        addressees = _addressees(draft, read)
        if not addressees:
            continue
        number = read.number if key_of(read.number) == read.key else read.key
        draft.raised[read.key] = [(number, addressee) for addressee in addressees]
        streams = {
            one: recommendation_stream(draft.reference, key_of(number), one) for one in addressees
        }
        there = [one for one in addressees if draft.decision.stream(streams[one])]
        for addressee in there if draft.page.everybody else addressees:
            _raise(draft, read, number, addressee)
        if draft.page.everybody and (new := tuple(one for one in addressees if one not in there)):
            _raise(draft, read, number, *new)


def _raise(
    draft: PageDraft, read: RecommendationRead, number: str, addressee: str, *others: str
) -> None:
    """Raise a recommendation, to one body, or to others as well where it is new to all of them."""
    on = read.target.on if isinstance(read.target, DatePhrase) else None
    whom = draft.name(addressee) + (f" and {len(others)} others" if others else "")
    says = f"recommendation {number} to {whom}" + (f", by {dates.in_words(on)}" if on else "")
    stream = recommendation_stream(draft.reference, key_of(number), addressee)
    for one, _ in acts_of(draft.decision, stream, RecommendationRaised):
        draft.found(read.line, says)
        if find(read.text, draft.wordings(one, "text")) == "new words":
            draft.leave(read.line, read.text, f"{says} is recorded in other words")
        elif draft.intake.confirm_target(
            draft.decision,
            recommendation_of(stream),
            lambda: draft.notice(None),
            draft.page.file,
            read.line,
            says,
        ):
            draft.new(read.line, f"the target of {says}", confirmed=True)
        return
    day = draft.decision.report(draft.reference).published_on  # whatever day this page gives for it
    words = read.target.phrase if isinstance(read.target, DatePhrase) else None
    target = draft.intake.target(on, words, day, draft.page.file, read.line, says)
    event = RecommendationRaised(
        number=number,
        text=say(read.text),
        kind=read.kind,
        parent=_parent(draft, read, addressee),
        partners=tuple(Partner(name=say(partner)) for partner in read.partners),
        target=target,
        numbered_by=read.numbered_by,
    )
    notice = draft.notice(day)
    raise_recommendation(
        draft.decision, draft.reference, Raise(event=event, addressees=(addressee, *others)), notice
    )
    draft.new(read.line, says)


def _parent(draft: PageDraft, read: RecommendationRead, addressee: str) -> str | None:
    """Return the cause of concern above a recommendation, where it is recorded for the same
    body."""
    if read.parent is None:
        return None
    stream = recommendation_stream(draft.reference, key_of(read.parent), addressee)
    if draft.decision.stream(stream):
        return read.parent
    why = f"{read.parent}, to which {read.number} belongs, is not recorded for {addressee}"
    draft.leave(read.line, read.text, why)
    return None


def _who_must_respond(draft: PageDraft) -> None:
    """Draft the duties of a report for everybody, as a person settled who must respond."""
    if not draft.page.respond.by_rule:
        return
    answer, line = draft.page.respond, draft.page.title.line

    def meant(name: str) -> str | None:
        found = body_meant(name, draft.body, draft.decision.service)
        if found is None:
            draft.leave(line, name, "a body of who must respond that is not in the register")
        return found

    answered = {body for name in answer.bodies if (body := meant(name))}
    off = {body: why for name, why in answer.taken_off if (body := meant(name))}
    came = bring_duties(
        draft.decision, draft.reference, draft.notice(None), answered=answered, taken_off=off
    )
    for says in came.new:
        draft.new(line, says)
    for says in came.there:
        draft.found(line, says)
    for says, why in came.left:
        draft.leave(line, says, why)


def _duty(draft: PageDraft) -> None:
    line = draft.page.title.line
    stream = response_stream(draft.reference, draft.body.id)
    says = f"duty of {draft.body.name} to respond"
    if any(duty.name is None for _, duty in acts_of(draft.decision, stream, ResponseDutyArose)):
        draft.found(line, says)
        return
    entry = add_duty(
        draft.decision, draft.reference, draft.body.id, draft.notice(draft.page.published_on)
    )
    assert isinstance(entry.data, ResponseDutyArose)
    due = entry.data.due_on
    draft.new(line, f"{says}, {f'due {dates.in_words(due)}' if due else 'without a due date'}")


def _addressees(draft: PageDraft, read: RecommendationRead) -> list[str]:
    found = []
    for name in _named(draft, read):
        body = body_meant(name, draft.body, draft.decision.service)
        if body is None:
            why = f"an addressee of {read.number} that is not in the register of bodies"
            draft.leave(read.line, name, why)
        elif not (draft.page.everybody or draft.decision.service.concerns(draft.body.id, body)):
            draft.leave(
                read.line,
                read.text,
                f"recommendation {read.number} is addressed to {draft.name(body)}, for which "
                f"{draft.body.name} does not answer",
            )
        elif body not in found:
            found.append(body)
    return found


def _named(draft: PageDraft, read: RecommendationRead) -> list[str]:
    """Return the names of addressees; of a group each, on the day of the report: that it is for
    all."""
    day = draft.page.published_on
    service = draft.decision.service.on(dates.last_day(day) if day else draft.decision.today)
    groups = [("-".join(name.casefold().split()), name) for name in read.addressees]
    return [
        one
        for group, name in groups
        for one in (service.members(group) if group in GROUPS else [name])
    ]


# Chief officers with a title of their own (Police Act 1996, s.101), by the area of their force.
_CHIEF_OFFICERS = {
    "commissioner of police of the metropolis": "metropolitan-police-district",
    "commissioner of the metropolitan police": "metropolitan-police-district",
    "metropolitan police commissioner": "metropolitan-police-district",
    "commissioner of police for the city of london": "city-of-london",
    "commissioner of the city of london police": "city-of-london",
}


_MINISTER = re.compile(r"home secretary|secretary of state for (.+)")


def body_meant(name: str, responding: BodyRegistered, service: Service) -> str | None:
    """Return the id of the body that is meant; None where the register knows none or several.

    `force` is the responding body's own (or itself), `office` the local policing body itself.
    """
    if name == "force":
        own = [responding.id] if responding.kind in ("force", "fire_authority") else []
        forces = service.forces_of(responding.id) or own
        return forces[0] if len(forces) == 1 else None
    if name == "office":
        return responding.id if responding.kind == "local_policing_body" else None
    if name == "fire":
        return responding.id if responding.kind == "fire_authority" else None
    day = service.day
    plain = name.replace("’", "'").casefold().removeprefix("the ")
    if (area := _CHIEF_OFFICERS.get(plain)) is not None:
        found = [
            one.id for one in service.bodies.values() if one.kind == "force" and one.area == area
        ]
        return found[0] if len(found) == 1 else None
    if (minister := _MINISTER.fullmatch(plain)) is not None:
        offices = [
            f"{one} {minister[1]}" for one in ("department for", "department of", "ministry of")
        ]
        offices = offices if minister[1] else ["home office"]
        return next((one for each in offices if (one := body_named(each, service.bodies))), None)
    bare = re.sub(r"^(?:the )?chief constable of (?:the )?", "", name, flags=re.IGNORECASE)
    there = {
        one.id: one
        for one in service.bodies.values()
        if day is None or not service.term(one.id).is_after(day)
    }
    surely = body_named(bare, service.bodies) or body_named(bare, there)
    if surely is not None:
        return surely
    known = [one.id for one in there.values() if _is_short_for(bare, one.name)]
    return known[0] if len(known) == 1 else None


def _is_short_for(name: str, whole: str) -> bool:
    """Return whether a name is the first words of a longer one (`Youth Justice Board`), or its
    first letters (`HMPPS`)."""
    plain, whole = (one.replace("’", "'").replace("&", "and") for one in (name, whole))
    if " " in plain or not plain.isupper():
        return re.match(rf"{re.escape(plain)}(?:,| for | \()", whole, re.IGNORECASE) is not None
    words = [one if one == "HM" else one[0] for one in re.findall(r"[\w']+", whole)]
    large = [one for one in words if one.isupper()]
    return len(large) > 2 and plain.isupper() and plain in ("".join(words).upper(), "".join(large))
