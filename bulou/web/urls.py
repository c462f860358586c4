"""The console's routes, in the namespace ``web``.

=============  ==============================  ====================================================================
name           path                            page, and the view-model that its template takes
=============  ==============================  ====================================================================
desk           /                               desk.html, ``duties.DeskPage``
mine           /mine/                          mine.html, ``duties.MinePage``
rounds         /rounds/                        round_list.html, ``rounds.RoundListPage``
round          /rounds/<code>/                 round.html, ``rounds.RoundPage``
round_place    /rounds/<code>/<place>/         round.html, ``rounds.RoundPage``
chain          /chain/                         chain.html, ``rounds.ChainPage``
box            /boxes/<id>/                    box.html, ``rounds.BoxPage``
tubes          /tubes/                         tubes.html, ``rounds.TubeListPage``
tube           /tubes/<id>/                    tube.html, ``rounds.TubePage``
duties         /duties/                        duties.html, ``duties.DutyListPage``
duty           /duties/<id>/                   duty.html, ``duties.DutyPage``
isolation      /isolation/                     isolation.html, ``isolation.SitesPage``
isolation_home /isolation/home/                isolation_home.html, ``isolation.HomesPage``
isolation_site /isolation/<site>/              isolation_site.html, ``isolation.SitePage``
people         /people/                        people.html, ``reading.PeoplePage``
person         /people/<id>/                   person.html, ``reading.PersonPage``
people_register /people/register/             resident_form.html, ``reading.ResidentFormPage``
figures        /figures/                       base_figures.html, ``reading.FiguresPage``
base_number    /base-number/                   base_number.html, ``reading.MovementPage``
on_duty        /on-duty/                      on_duty.html, ``reading.OnDutyPage``
report         /report/                        report.html, ``reading.ReportPage`` (yesterday's)
report_day     /report/<day>/                  report.html, ``reading.ReportPage``
search         /search/?q=                     search.html, ``reading.SearchPage``
transfer       /transfer/                      transfer.html, ``transfers.TransferPage``
inbox          /inbox/                         inbox.html, ``reading.InboxPage``
wall           /wall/                          wall.html, ``duties.DeskPage``
chase          /chase/                         chase.html, ``chase.ChaseBoardPage``
cases          /cases/                         line_list.html, ``chase.LineListPage``; contacts likewise
case           /cases/<code>/                  case.html, ``chase.CasePage``
interview      /cases/<code>/interview/        interview.html, ``chase.InterviewPage``
contact        /contacts/<code>/               contact.html, ``chase.ContactPage``
chains         /chains/                        chains.html, ``chase.ChainsPage``
warrants       /warrants/                      warrants.html, ``chase.WarrantsPage``
warrant        /warrants/<code>/               warrant.html, ``chase.WarrantPage``
twins          /duplicates/                    twins.html, ``chase.TwinsPage``
restrictions   /restrictions/                  restrictions.html, ``register.RegisterPage``
restriction    /restrictions/<code>/           restriction.html, ``register.RestrictionPage``; so is a list
ask            /ask/                          ask.html, ``requests.AskPage``; anybody
asked          /ask/<ticket>/                 asked.html, ``requests.TicketPage``; whoever holds the ticket
door           /door/?place=                 door.html, ``door.DoorPage``; anybody
answers        /answers/?place=              answers.html, ``door.AnswersPage``; anybody
hazard_report  /hazard/                      hazard_report.html, ``door.HazardPage``; anybody
own_door       /my/                            own_door.html, ``register.OwnDoorPage``
own            /my/<code>/                     own.html, ``register.OwnPage``
paper          /paper/<sheet>/                 paper.html, ``paper.PaperPage``; a paper list, on screen and printed
<book>         /<book>/                        book.html, ``books.BookPage``; every book of ``exchange.shelf``
<book>_row     /<book>/<code>/                 book_row.html, ``books.BookRowPage``
login          /login/                         login.html, ``reading.LoginPage``
logout         /logout/ (POST)                 goes to login
set_language   /language/ (POST)               ``language``, ``next``
set_post       /post/ (POST)                   ``post``, ``next``
=============  ==============================  ====================================================================

Error pages: 403.html, 404.html, 500.html in ``templates/`` take ``reading.ErrorPage``, or nothing.
Steps that a button takes (fulfil, accept, …) have addresses of their own, which view-models carry in ``Act.url``.
"""

from __future__ import annotations

from django.urls import path

from bulou.web.views import (
    asking,
    base_number,
    books,
    boxes,
    case,
    case_steps,
    chain,
    chase,
    contact,
    desk,
    door,
    duties,
    duty,
    duty_steps,
    figures,
    finding,
    homes,
    interview,
    isolation,
    line_lists,
    on_duty,
    own,
    papers,
    people,
    reading,
    register,
    residents,
    restriction,
    restriction_steps,
    rounds,
    session,
    telling,
    transfer_steps,
    transfers,
    transmission,
    tubes,
    twins,
    warrants,
)

app_name = "web"

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("wall/", desk.wall, name="wall"),
    path("mine/", desk.mine, name="mine"),
    path("mine/shift-note/", desk.hand_over_shift, name="hand_over_shift"),
    path("rounds/", rounds.round_list, name="rounds"),
    path("rounds/<str:code>/", rounds.one, name="round"),
    path("rounds/<str:code>/<str:place>/", rounds.one, name="round_place"),
    path("chain/", chain.chain, name="chain"),
    path("boxes/<str:id>/", boxes.box, name="box"),
    path("tubes/", tubes.tube_list, name="tubes"),
    path("tubes/<str:id>/", tubes.tube, name="tube"),
    path("duties/", duties.duty_list, name="duties"),
    path("duties/export.csv", duties.export, name="duties_export"),
    path("duties/<str:id>/", duty.one, name="duty"),
    path("duties/<str:id>/fulfil/", duty_steps.fulfil, name="duty_fulfil"),
    path("duties/<str:id>/explain/", duty_steps.explain, name="duty_explain"),
    path("duties/<str:id>/handover/", duty_steps.offer, name="duty_handover"),
    path("duties/<str:id>/accept/", duty_steps.accept, name="duty_accept"),
    path("duties/<str:id>/refuse/", duty_steps.refuse, name="duty_refuse"),
    path("duties/<str:id>/withdraw/", duty_steps.withdraw, name="duty_withdraw"),
    path("duties/<str:id>/cannot/", duty_steps.cannot, name="duty_cannot"),
    path("duties/<str:id>/decide/", duty_steps.decide, name="duty_decide"),
    path("duties/<str:id>/take/", duty_steps.take, name="duty_take"),
    path("duties/<str:id>/waive/", duty_steps.waive, name="duty_waive"),
    path("isolation/", isolation.sites, name="isolation"),
    path("isolation/home/", homes.homes, name="isolation_home"),
    path("isolation/home/<str:code>/", homes.home_step, name="isolation_home_step"),
    path("isolation/<str:site>/", isolation.one, name="isolation_site"),
    path("isolation/<str:site>/<str:step>/", isolation.step, name="isolation_step"),
    path("chase/", chase.board, name="chase"),
    path("chase/tracers/", chase.name_tracer, name="tracer_name"),
    path("cases/", line_lists.cases, name="cases"),
    path("cases/export.<str:ending>", line_lists.cases_export, name="cases_export"),
    path("cases/<str:code>/", case.case, name="case"),
    path("cases/<str:code>/interview/", interview.interview, name="interview"),
    path("cases/<str:code>/do/<str:step>/", case_steps.do, name="case_do"),
    path("contacts/", line_lists.contacts, name="contacts"),
    path("contacts/export.<str:ending>", line_lists.contacts_export, name="contacts_export"),
    path("contacts/<str:code>/", contact.contact, name="contact"),
    path("contacts/<str:code>/do/<str:step>/", contact.do, name="contact_do"),
    path("lists/<str:kind>/filter/", line_lists.save, name="filter_save"),
    path("chains/", transmission.transmission, name="chains"),
    path("warrants/", warrants.overview, name="warrants"),
    path("warrants/<str:code>/", warrants.warrant, name="warrant"),
    path("warrants/<str:code>/do/<str:step>/", warrants.do, name="warrant_do"),
    path("duplicates/", twins.twins, name="twins"),
    path("duplicates/merge/", twins.merge, name="merge"),
    path("people/", people.people, name="people"),
    path("people/register/", residents.register, name="people_register"),
    path("people/<str:id>/", people.person, name="person"),
    path("people/<str:id>/change/", residents.change, name="person_change"),
    path("people/<str:id>/end/", residents.end, name="person_end"),
    path("people/<str:id>/return/", residents.come_back, name="person_return"),
    path("people/<str:id>/birth/", residents.birth, name="person_birth"),
    path("figures/", figures.figures, name="figures"),
    path("figures/export.<str:ending>", figures.export, name="figures_export"),
    path("on-duty/", on_duty.on_duty, name="on_duty"),
    path("base-number/", base_number.base_number, name="base_number"),
    path("report/", reading.report, name="report"),
    path("report/<str:day>/", reading.report, name="report_day"),
    path("report/<str:day>/freeze/", reading.freeze_day, name="freeze_day"),
    path("search/", finding.search, name="search"),
    path("inbox/", reading.inbox, name="inbox"),
    path("inbox/<int:id>/read/", reading.read_notice, name="read_notice"),
    path("transfer/", transfers.desk, name="transfer"),
    path("transfer/propose/", transfer_steps.propose, name="transfer_propose"),
    path("transfer/replan/", transfer_steps.replan, name="transfer_replan"),
    path("transfer/plans/<str:code>/commit/", transfer_steps.commit, name="transfer_commit"),
    path("transfer/stops/<int:id>/", transfer_steps.stop, name="transfer_stop"),
    path("restrictions/", register.register, name="restrictions"),
    path("restrictions/propose/", restriction_steps.propose, name="restriction_propose"),
    path("restrictions/lists/<str:code>/", restriction.proposed_list, name="restriction_list"),
    path("restrictions/lists/<str:code>/confirm/", restriction_steps.confirm_list, name="restriction_list_confirm"),
    path("restrictions/lists/<str:code>/reject/", restriction_steps.reject_list, name="restriction_list_reject"),
    path("restrictions/lists/<str:code>/approve/", restriction_steps.approve_list, name="restriction_list_approve"),
    path("restrictions/appeals/<str:code>/answer/", restriction_steps.answer, name="restriction_answer"),
    path("restrictions/<str:code>/", restriction.restriction, name="restriction"),
    path("restrictions/<str:code>/approve/", restriction_steps.approve, name="restriction_approve"),
    path("restrictions/<str:code>/refuse/", restriction_steps.refuse, name="restriction_refuse"),
    path("restrictions/<str:code>/withdraw/", restriction_steps.withdraw, name="restriction_withdraw"),
    path("restrictions/<str:code>/lift/", restriction_steps.lift, name="restriction_lift"),
    path("restrictions/<str:code>/deliver/", restriction_steps.deliver, name="restriction_deliver"),
    path("restrictions/<str:code>/object/", restriction_steps.file_objection, name="restriction_object"),
    path("restrictions/<str:code>/code/", restriction_steps.new_code, name="restriction_code"),
    path("paper/<str:code>/", papers.paper, name="paper"),
    path("paper/<str:code>/enter/", papers.enter, name="paper_enter"),
    *books.ROUTES,
    path("door/", door.show, name="door"),
    path("answers/", telling.answers, name="answers"),
    path("hazard/", telling.hazard, name="hazard_report"),
    path("ask/", asking.ask, name="ask"),
    path("ask/open/", asking.ask_open, name="ask_open"),
    path("ask/<str:ticket>/", asking.asked, name="asked"),
    path("ask/<str:ticket>/<str:step>/", asking.say, name="asked_say"),
    path("my/", own.door, name="own_door"),
    path("my/<str:code>/", own.own, name="own"),
    path("my/<str:code>/object/", own.file_objection, name="own_object"),
    path("login/", session.log_in, name="login"),
    path("logout/", session.log_out, name="logout"),
    path("language/", session.set_language, name="set_language"),
    path("post/", session.set_post, name="set_post"),
]
