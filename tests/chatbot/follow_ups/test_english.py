"""English follow-ups as people type them, each with the question that is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue import Exchange, standalone
from chatbot.follow_ups.english import MAX_CHARS

ORIGIN = Exchange("Who wrote On the Origin of Species?", "Charles Darwin")
WIFE = Exchange("Who was Darwin's wife?", "Emma Wedgwood")
BRIDGE = Exchange("When was the bridge closed?", "1998")
REVENUE = Exchange("What was the revenue in 2022?", "$3 million")
EDITION = Exchange("When was the first edition of the Origin published?", "24 November 1859")
FEE = Exchange("What is the fee for late payment?", "$20")
ADA = Exchange("Where was Ada Lovelace born?", "in London")
TENANT = Exchange("Can a tenant paint the walls?", "with consent")
HELMET = Exchange("Must employees wear a helmet?", "must wear a helmet")
BADGE = Exchange("Do visitors need the badge?", "at the gate")
TRAVEL = Exchange("Does my employer pay the travel costs?", "pays the travel costs")
PUBLISHED = Exchange("When did Darwin publish the Origin of Species?", "1859")
WATER = Exchange("Does the warranty cover water damage?", "does not cover water")
TOWER = Exchange("How tall is the Eiffel Tower?", "330 metres")
SHIP = Exchange("Which ship carried Darwin?", "HMS Beagle")
CLOSER = Exchange("Who closed the bridge?", "Mette Holm")
MUSEUM = Exchange("Is the museum open on Sundays?", "open every day")
HOURS = Exchange("What are the office hours?", "9 to 5")
ACT = Exchange("What is the Clean Air Act?", "a law of 1970")
NOTICE = Exchange("What is the notice period?", "three months")
LEAVE = Exchange("How many days of leave do employees get?", "28 days")
LAMP = Exchange("When was the lamp first lit?", "1 May 1887")
MOON = Exchange("Who was the first man on the moon?", "Neil Armstrong")
CAPITAL = Exchange("What is the capital of France?", "Paris")
WARRANTY = Exchange("What does the warranty cover?", "parts and labour")
TREES = Exchange("Which trees were planted in 2023?", "12 apple trees")
PLANTS = Exchange("What is photosynthesis?", "the process by which plants make food")
PASSWORD = Exchange("How do I reset my password?", "click the link on the login page")
JAMES = Exchange("When was Henry James born?", "1843")
REPORT = Exchange("What does the 2022 report say?", "that trade grew")
SEASON = Exchange("What was revenue in 1858-59?", "£3,000")
GROWTH = Exchange("How did revenue change from 2018 to 2019?", "it doubled")
LONDON = Exchange("What was the population of London in 2022?", "8.9 million")
SMOKING = Exchange("Is smoking allowed?", "only on the terrace")
RULER = Exchange("Who ruled before Peter?", "Ivan")
OPENED = Exchange("What date did the museum open?", "24 May 1901")
PLACE = Exchange("What place did the museum open?", "Bergen")
NAME = Exchange("What name was the ship given?", "HMS Beagle")
COST = Exchange("What cost did they bear?", "$3 million")
DESIGN = Exchange("Which design did the city choose?", "the arch")
CHOSEN = Exchange("Which design was chosen?", "the arch")
RECORD = Exchange("Whose record did Owens break?", "Paddock's")
LABEL = Exchange("What record label signed Elvis?", "Sun")
RECORDS = Exchange("How many records did Elvis sell?", "500 million")
ENROLLED = Exchange("How many students were enrolled in 2014?", "540,800")
NO_COUNT = Exchange("How many students were enrolled in 2014?", "")
LAND = Exchange("Which land was sold to Spain?", "")
NURSES = Exchange("How many registered nurses were employed?", "65,000")
BOOK = Exchange("Which book did Darwin publish?", "On the Origin of Species")
PRIZE = Exchange("Which book won the prize?", "Dune")
HAPPENED = Exchange("What happened in 1998?", "the flood")
COSTS = Exchange("What cost the most?", "the roof")
WINNER = Exchange("Which won?", "Dune")
SANK = Exchange("Who built the ship which sank in 1998?", "Mette Holm")
DIED = Exchange("When did Darwin die?", "1882")
UPDATED = Exchange("Who can update the entry?", "the owner")
FIRST_BOOK = Exchange("What is the first book of the series?", "Dune")
CHILDREN = Exchange("What children qualify?", "adopted ones")
COMICS = Exchange("When were the comic books printed?", "1938")
CREDIT = Exchange("What was the first tax credit?", "a rebate")
UNKNOWN = Exchange("Who was the captain of the Merganser?", "")
ANNUAL_LEAVE = Exchange("How many days of annual leave do I get?", "25 days")
PARENTAL_LEAVE = Exchange("How long is parental leave?", "26 weeks")
LEAVE_WORKS = Exchange("How does parental leave work?", "in two parts")
INCREASE = Exchange("How much is the price increase?", "3%")
CHARGE = Exchange("What is the service charge?", "5%")
INTEREST = Exchange("What is the interest rate?", "5%")
RATES = Exchange("What are the interest rates?", "5% and 6%")
PERMIT = Exchange("What does the parking permit cost?", "$20")
PERMIT_LASTS = Exchange("How long does the parking permit last?", "a year")
LIVED = Exchange("Where did Darwin live?", "Down House")
SHOWN = Exchange("What does the museum show?", "ships")
SERVICE = Exchange("Is the service free?", "yes")
NATO = Exchange("When did Norway join NATO?", "1949")
LANDED = Exchange("Who landed on the Moon first?", "Neil Armstrong")
THE_ORIGIN = Exchange("Who wrote the Origin of Species?", "Charles Darwin")
LIGHTHOUSE = Exchange("Who built the Eddystone lighthouse?", "Henry Winstanley")
NO_BUILDER = Exchange("Who built the Eddystone lighthouse?", "")
DUNE = Exchange("Who wrote Dune?", "Frank Herbert")
KING = Exchange("Who is the King of Norway?", "Harald V")
OSLO = Exchange("When did the University of Oslo open?", "1811")
TITANIC = Exchange("When did the Titanic sink?", "1912")
LUTHER = Exchange("What book did Luther read in 1542?", "the Koran")
JOBS = Exchange("What company did Jobs work for in 1980?", "Apple")
SAILED = Exchange("What ship did Darwin sail to Chile on?", "HMS Beagle")
GAVE = Exchange("What title did Norway give its king?", "duke")
AT_FIFTY = Exchange("Which book did Darwin publish when he was 50?", "the Origin")

LIT = Exchange("When was the lamp lit for the first time?", "14 October 1871")
ONE_LEAVE = Exchange("How many days does an employee get?", "28 days")
LEADER = Exchange("Who is the treasurer?", "Bea Lindqvist")

CASES = [
    # A pronoun is somebody.
    (ORIGIN, "When was he born?", "When was Charles Darwin born?"),
    (ORIGIN, "and when was he born?", "When was Charles Darwin born?"),
    (ORIGIN, "Who was his wife?", "Who was Charles Darwin's wife?"),
    (WIFE, "When did she die?", "When did Emma Wedgwood die?"),
    (WIFE, "Where was her house?", "Where was Emma Wedgwood's house?"),
    (WIFE, "When was he born?", "When was Darwin born?"),
    (WIFE, "and his father?", "Who was Darwin's father?"),
    (ADA, "When did she leave?", "When did Ada Lovelace leave?"),
    (ADA, "who was her mother?", "Who was Ada Lovelace's mother?"),
    (CLOSER, "When was she born?", "When was Mette Holm born?"),
    (UNKNOWN, "When was he born?", "When was the captain of the Merganser born?"),
    # As many steps of the same thing, and the same circumstance of the same verb.
    (TOWER, "and how many steps?", "How many steps does the Eiffel Tower have?"),
    (TREES, "and how many pears?", "and how many pears?"),
    (HOURS, "and how much overtime?", "How much overtime do the office hours have?"),
    (ANNUAL_LEAVE, "and how many sick days?", "How many sick days do I get?"),
    (LIT, "and who lit it?", "Who lit the lamp for the first time?"),
    (LIT, "who lit it in 1871?", "Who lit the lamp in 1871?"),
    # A name in place of another agrees with its verb.
    (ONE_LEAVE, "what about part-time employees?", "How many days do part-time employees get?"),
    (LEAVE, "what about a trainee?", "How many days of leave does a trainee get?"),
    (LEADER, "How much money do they have?", "How much money does Bea Lindqvist have?"),
    # A pronoun is a thing.
    (ORIGIN, "When was it published?", "When was On the Origin of Species published?"),
    (
        ORIGIN,
        "When did he publish it?",
        "When did Charles Darwin publish On the Origin of Species?",
    ),
    (BRIDGE, "who closed it?", "Who closed the bridge?"),
    (BRIDGE, "how long did it take to build it?", "How long did it take to build the bridge?"),
    (FEE, "When is it due?", "When is the fee for late payment due?"),
    (FEE, "Can I pay it online?", "Can I pay the fee for late payment online?"),
    (FEE, "how much is that?", "How much is the fee for late payment?"),
    (FEE, "Who has to pay this fee?", "Who has to pay the fee for late payment?"),
    (
        TOWER,
        "How many people visit it each year?",
        "How many people visit the Eiffel Tower each year?",
    ),
    (SHIP, "Who was its captain?", "Who was HMS Beagle's captain?"),
    (SHIP, "How big was this ship?", "How big was HMS Beagle?"),
    (HOURS, "Do they change in summer?", "Do the office hours change in summer?"),
    (ACT, "When was it passed?", "When was the Clean Air Act passed?"),
    (NOTICE, "Does it apply to trainees?", "Does the notice period apply to trainees?"),
    (NOTICE, "who decides that?", "Who decides the notice period?"),
    (NOTICE, "where is that written?", "Where is the notice period written?"),
    (
        NOTICE,
        "Is this the same for part-time staff?",
        "Is the notice period the same for part-time staff?",
    ),
    (LEAVE, "Can they carry them over?", "Can employees carry the days over?"),
    (LAMP, "How bright is it?", "How bright is the lamp?"),
    (LAMP, "Who lit it?", "Who lit the lamp?"),
    (CAPITAL, "What is its population?", "What is Paris' population?"),
    (WARRANTY, "what doesn't it cover?", "What doesn't the warranty cover?"),
    (WARRANTY, "who do I contact about it?", "Who do I contact about the warranty?"),
    (TREES, "who planted them?", "Who planted the trees in 2023?"),
    (PLANTS, "Where does it happen?", "Where does photosynthesis happen?"),
    # A place, a time.
    (ADA, "How many people live there?", "How many people live in London?"),
    (BRIDGE, "What happened in that year?", "What happened in 1998?"),
    # A fragment takes the frame of the question before.
    (REVENUE, "what about 2023?", "What was the revenue in 2023?"),
    (REVENUE, "and in 2021?", "What was the revenue in 2021?"),
    (REVENUE, "2020?", "What was the revenue in 2020?"),
    (REVENUE, "and profit?", "What was profit in 2022?"),
    (REVENUE, "And the profit in 2023?", "What was the profit in 2023?"),
    (REVENUE, "and the 2023 profit?", "What was the profit in 2023?"),
    (REVENUE, "and in March 2023?", "What was the revenue in March 2023?"),
    (REVENUE, "and since 2023?", "What was the revenue since 2023?"),
    (REVENUE, "and 2023 then?", "What was the revenue in 2023?"),
    (REVENUE, "and for managers in 2023?", "What was the revenue in 2023 for managers?"),
    (REPORT, "And the 2023 report?", "What does the 2023 report say?"),
    (REPORT, "and the 2023 summary?", "What does the 2023 summary say?"),
    (REPORT, "and the 2023 one?", "What does the 2023 report say?"),
    (SEASON, "What about 1859-60?", "What was revenue in 1859-60?"),
    (GROWTH, "and from 2020 to 2021?", "How did revenue change from 2020 to 2021?"),
    (LONDON, "and Paris in 2023?", "What was the population of Paris in 2023?"),
    (SMOKING, "and outside?", "Is smoking allowed outside?"),
    (RULER, "and before Paul?", "Who ruled before Paul?"),
    # A capital after "and" makes a name.
    (JAMES, "And Mark Twain?", "When was Mark Twain born?"),
    (JAMES, "And Grant?", "When was Grant born?"),
    (JAMES, "And Will Smith?", "When was Will Smith born?"),
    (JAMES, "And Cook?", "When was Cook born?"),
    (JAMES, "What about Credit Suisse?", "When was Credit Suisse born?"),
    (JAMES, "What about Emily?", "When was Emily born?"),
    (JAMES, "And Tom Sawyer?", "When was Tom Sawyer born?"),
    (BRIDGE, "and the tunnel?", "When was the tunnel closed?"),
    (EDITION, "And the second edition?", "When was the second edition of the Origin published?"),
    (EDITION, "and the second?", "When was the second edition of the Origin published?"),
    (
        EDITION,
        "what about the third one?",
        "When was the third edition of the Origin published?",
    ),
    (FEE, "and for early payment?", "What is the fee for early payment?"),
    (ADA, "and Charles Babbage?", "Where was Charles Babbage born?"),
    (TOWER, "what about Big Ben?", "How tall is Big Ben?"),
    (ORIGIN, "What about The Descent of Man?", "Who wrote The Descent of Man?"),
    (MUSEUM, "and on Mondays?", "Is the museum open on Mondays?"),
    (HOURS, "and at weekends?", "What are the office hours at weekends?"),
    (NOTICE, "and for managers?", "What is the notice period for managers?"),
    (LEAVE, "what about interns?", "How many days of leave do interns get?"),
    (LEAVE, "in the first year?", "How many days of leave do employees get in the first year?"),
    (MOON, "and the second?", "Who was the second man on the moon?"),
    (CAPITAL, "and Italy?", "What is the capital of Italy?"),
    (CAPITAL, "What about the population?", "What is the population of France?"),
    (WARRANTY, "And accidental damage?", "Does the warranty cover accidental damage?"),
    (TREES, "and in 2024?", "Which trees were planted in 2024?"),
    (PASSWORD, "and my username?", "How do I reset my username?"),
    # An asking word takes the rest of the question before.
    (BRIDGE, "why?", "Why was the bridge closed?"),
    (BRIDGE, "Why is that?", "Why was the bridge closed?"),
    (BRIDGE, "by whom?", "By whom was the bridge closed?"),
    (MUSEUM, "since when?", "Since when is the museum open on Sundays?"),
    (ORIGIN, "who else?", "Who else wrote On the Origin of Species?"),
    (CLOSER, "why?", "Why was it that Mette Holm closed the bridge?"),
    (FEE, "why?", "Why is the fee for late payment $20?"),
    (MOON, "when was that?", "When was Neil Armstrong the first man on the moon?"),
    (WARRANTY, "For how long?", "For how long does the warranty cover?"),
    (TREES, "how many?", "How many were planted in 2023?"),
    # A word that can be a verb is a noun of the asking phrase before an auxiliary.
    (BRIDGE, "what date?", "What date was the bridge closed?"),
    (OPENED, "Why?", "Why did the museum open?"),
    (PLACE, "Why?", "Why did the museum open?"),
    (NAME, "Why?", "Why was the ship given?"),
    (COST, "Why?", "Why did they bear?"),
    (DESIGN, "Why?", "Why did the city choose the arch?"),
    (DESIGN, "and the county?", "Which design did the county choose?"),
    (CHOSEN, "Why?", "Why was it that the arch was chosen?"),
    (RECORD, "When?", "When did Owens break Paddock's?"),
    (LABEL, "When?", "When was it that Sun signed Elvis?"),
    (RECORDS, "When?", "When did Elvis sell 500 million records?"),
    (RECORDS, "How much?", "How much did Elvis sell?"),
    (ENROLLED, "where?", "Where was it that 540,800 students were enrolled in 2014?"),
    (NO_COUNT, "where?", "Where was it that students were enrolled in 2014?"),
    (LAND, "When?", "When was it that land was sold to Spain?"),
    (NURSES, "where?", "Where was it that 65,000 registered nurses were employed?"),
    (BOOK, "When?", "When did Darwin publish On the Origin of Species?"),
    (BOOK, "and Cook?", "Which book did Cook publish?"),
    (PRIZE, "When?", "When was it that Dune won the prize?"),
    (HAPPENED, "Why?", "Why was it that the flood happened in 1998?"),
    (COSTS, "Why?", "Why was it that the roof cost the most?"),
    (CHILDREN, "How much can they receive?", "How much can the children receive?"),
    (WINNER, "When?", "When was it that Dune won?"),
    (SANK, "When?", "When was it that Mette Holm built the ship which sank in 1998?"),
    # What is done to things is a verb, and a thing after its article.
    (UPDATED, "Why?", "Why was it that the owner can update the entry?"),
    (FIRST_BOOK, "Why?", "Why is the first book of the series Dune?"),
    (COMICS, "Who printed them?", "Who printed the comic books?"),
    (CREDIT, "Why?", "Why was the first tax credit a rebate?"),
    # Only a name, or a word in "-ly", is made a name by its capital.
    (DIED, "And Cook?", "When did Cook die?"),
    (DIED, "And Emily?", "When did Emily die?"),
    # A verb by itself is a noun at the end of a noun.
    (ANNUAL_LEAVE, "How do I request it?", "How do I request annual leave?"),
    (PARENTAL_LEAVE, "Is it paid?", "Is parental leave paid?"),
    (LEAVE_WORKS, "Is it paid?", "Is parental leave paid?"),
    (INCREASE, "Who decided it?", "Who decided the price increase?"),
    (CHARGE, "Who sets it?", "Who sets the service charge?"),
    (INTEREST, "When does it change?", "When does the interest rate change?"),
    (RATES, "When do they change?", "When do the interest rates change?"),
    (PERMIT, "How do I renew it?", "How do I renew the parking permit?"),
    (PERMIT_LASTS, "How do I renew it?", "How do I renew the parking permit?"),
    (LIVED, "When did he die?", "When did Darwin die?"),
    (SHOWN, "Where is it?", "Where is the museum?"),
    (SERVICE, "Who runs it?", "Who runs the service?"),
    # A name for the whole of a name of its sort.
    (NATO, "And Sweden?", "When did Sweden join NATO?"),
    (NATO, "And WTO?", "When did Norway join WTO?"),
    (LANDED, "And Buzz Aldrin?", "And Buzz Aldrin?"),
    # Of two, the one with the same kind of article, where that tells of a sort.
    (TENANT, "And the landlord?", "Can the landlord paint the walls?"),
    (HELMET, "And a visitor?", "Must a visitor wear a helmet?"),
    (BADGE, "And the contractors?", "Do the contractors need the badge?"),
    (TRAVEL, "And the agency?", "Does the agency pay the travel costs?"),
    (PUBLISHED, "And the Descent of Man?", "When did Darwin publish the Descent of Man?"),
    (WATER, "What about theft?", "Does the warranty cover theft?"),
    (WATER, "And the house insurance?", "Does the house insurance cover water damage?"),
    (MOON, "And Buzz Aldrin?", "And Buzz Aldrin?"),
    (CLOSER, "And Lars Holm?", "And Lars Holm?"),
    (THE_ORIGIN, "What about Wallace?", "What about Wallace?"),
    (DUNE, "And Neuromancer?", "Who wrote Neuromancer?"),
    (KING, "And Sweden?", "Who is the King of Sweden?"),
    (OSLO, "And Harvard?", "When did Harvard open?"),
    (TITANIC, "And Mary?", "And Mary?"),
    (TITANIC, "And Britannic?", "When did Britannic sink?"),
    # Whose wife: of who did it, not of what was done.
    (THE_ORIGIN, "And his wife?", "Charles Darwin's wife?"),
    (LIGHTHOUSE, "And his wife?", "Henry Winstanley's wife?"),
    (NO_BUILDER, "And his wife?", "And his wife?"),
    (DUNE, "And his wife?", "Frank Herbert's wife?"),
    # The verb keeps its object.
    (LUTHER, "Why?", "Why did Luther read the Koran in 1542?"),
    (JOBS, "When?", "When did Jobs work for Apple in 1980?"),
    (SAILED, "Why?", "Why did Darwin sail to Chile on HMS Beagle?"),
    (GAVE, "Why?", "Why?"),
    (AT_FIFTY, "Why?", "Why?"),
    # A part of what was spoken of.
    (
        EDITION,
        "How many copies of the second edition were sold?",
        "How many copies of the second edition of the Origin were sold?",
    ),
    (
        ORIGIN,
        "and when was the second edition published?",
        "When was the second edition of On the Origin of Species published?",
    ),
]

ALONE = [
    "When was Darwin born?",
    "What time is it in Paris?",
    "Is it possible to call?",
    "How long does it take to sail to Bergen?",
    "Who rescued his wife from the Merkits?",
    "In his lectures, what did Hume say of miracles?",
    "What did Luther use as accompaniment to his hymns?",
    "Which company changed its name in 1998?",
    "How many lakes are there in Warsaw?",
    "Is there a discount for members?",
    "What is a group of geese called when they fly?",
    "Why do cats purr when they sleep?",
    "who sings let it be me",
    "who wrote he ain't heavy he's my brother",
    "where do they grow hops in the us",
    "when did the eagles win last super bowl",
    "late payment fee",
    "What did Tesla's father promise him?",
    "Who did Tesla credit for his abilities?",
    "Is it common for cats to purr?",
    "How did the plague make it to Europe?",
    "Who may not require that its teachers be certified?",
    "Which team has its home in Bergen?",
    "Charles Darwin",
    "What did the king do when he heard of it?",
    "People that live on the coast eat what?",
    "Where does this page stand?",
    "thanks!",
    "???",
    "!",
    " ",
]


@pytest.mark.parametrize(("before", "typed", "meant"), CASES)
def test_a_follow_up_is_read_as_it_is_meant(before: Exchange, typed: str, meant: str) -> None:
    assert standalone(typed, [before]) == meant


@pytest.mark.parametrize("question", ALONE)
@pytest.mark.parametrize("before", [ORIGIN, WIFE, REVENUE, FEE, UNKNOWN])
def test_a_question_that_stands_alone_is_left_alone(before: Exchange, question: str) -> None:
    assert standalone(question, [before]) == question


@pytest.mark.parametrize(("before", "typed", "meant"), CASES)
def test_nothing_is_read_into_a_first_question(before: Exchange, typed: str, meant: str) -> None:
    assert standalone(typed, []) == typed


def test_the_thread_of_a_conversation_is_kept() -> None:
    history = [ORIGIN]
    for typed, meant, answer in [
        ("when was he born?", "When was Charles Darwin born?", "1809"),
        ("where?", "Where was Charles Darwin born?", "Shrewsbury"),
        ("who was his wife?", "Who was Charles Darwin's wife?", "Emma Wedgwood"),
        ("when did she die?", "When did Emma Wedgwood die?", "1896"),
        ("and her husband?", "When did Emma Wedgwood's husband die?", "1882"),
    ]:
        assert standalone(typed, history) == meant
        history.append(Exchange(meant, answer))


def test_he_may_be_whom_the_last_question_does_not_name() -> None:
    history = [WIFE, Exchange("When did Emma Wedgwood die?", "1896")]
    assert standalone("and him?", history) == "When did Darwin die?"


def test_a_reply_to_a_quotation_that_asks_is_read_with_it() -> None:
    asked = Exchange("Do I need a permit?", "That depends. Have you lived here for a year?")
    assert standalone("yes", [asked]) == "Have you lived here for a year?"
    assert standalone("No, since May.", [asked]) == "Have you lived here for a year? since May"
    assert standalone("Who can help?", [asked]) == "Who can help?"


ASKS_BACK = Exchange("Do I need a permit?", "That depends. Do you have a permit?")


@pytest.mark.parametrize(
    "said",
    [
        "not yet",
        "I do",
        "I have",
        "I'm not",
        "it was stolen",
        "The plates were lost",
        "That's right",
        "Just the old one",
        "since May",
        "if I have one",
        "63",
    ],
)
def test_a_sentence_or_the_like_of_yes_and_no_is_a_reply(said: str) -> None:
    assert standalone(said, [ASKS_BACK]) == f"Do you have a permit? {said}"


@pytest.mark.parametrize("agreed", ["yes", "No.", "ok", "correct", "Of course!"])
def test_a_bare_yes_or_no_adds_nothing(agreed: str) -> None:
    assert standalone(agreed, [ASKS_BACK]) == "Do you have a permit?"


@pytest.mark.parametrize(
    "typed", ["bridge height", "late payment fee", "right of way", "reset my password", "Bergen"]
)
def test_words_to_search_by_are_no_reply(typed: str) -> None:
    assert standalone(typed, [ASKS_BACK]) == typed


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        (Exchange("what bridge"), "When did it happen?"),
        (Exchange(""), "When did it happen?"),
        (Exchange("how much"), "When did it happen?"),
        (Exchange("what year"), "When did it happen?"),
        (Exchange("what date?"), "When did it happen?"),
        (RULER, "And before?"),
        (RULER, "and after?"),
        (REVENUE, "and Norway in 2023?"),
        (JAMES, "And Will he come?"),
        (JAMES, "And Tell me more?"),
        (JAMES, "And Now?"),
    ],
)
def test_what_nothing_before_explains_is_left_alone(before: Exchange, typed: str) -> None:
    assert standalone(typed, [before]) == typed


SPACES = [
    "and x{}y z",
    "and{}x\ny",
    "what about x{}y z",
    "why is it{}x",
]


@pytest.mark.parametrize("typed", SPACES)
@pytest.mark.parametrize("n_spaces", [MAX_CHARS - 20, 200_000])
def test_white_space_takes_no_time(typed: str, n_spaces: int) -> None:
    question = typed.format(" " * n_spaces)
    assert standalone(question, [Exchange("?")]) == question


@pytest.mark.parametrize("typed", ["it " * 70_000, "bridge " * 15_000 + "place bridge " * 15_000])
def test_a_long_question_stands_alone(typed: str) -> None:
    assert standalone(typed + "?", [JAMES]) == typed + "?"
    assert standalone("When was it?", [Exchange(typed)]) == "When was it?"


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
def test_whatever_is_typed_something_can_be_looked_up(typed: str, before: str, got: str) -> None:
    meant = standalone(typed, [Exchange(before, got)])
    assert bool(meant.strip()) == bool(typed.strip())
