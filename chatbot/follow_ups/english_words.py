"""The closed classes of English, and the verbs and people that questions are made of. Data alone.

Verbs are those that follow "did NAME" most often in the training parts of SQuAD and Natural
Questions, read through by hand.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ASKING = _set("who whom whose what when where why how which")
AUXILIARY = _set(
    "is are was were am be been being do does did has have had can could will would shall should "
    "may might must"
)
TO_BE = _set("is are was were am be been being")
DETERMINERS = _set("the a an my our your every each any some no another all both")
POSSESSIVES = _set("his her its their")
PRONOUNS = _set(
    "i you we he she it they me us him them himself herself itself themselves his hers her its "
    "theirs their someone anyone everyone one ones there something anything everything nobody "
    "mine yours ours else"
)
POINTING = _set("this that these those")
PREPOSITIONS = _set(
    "of in on at by for from with to about into over under after before during between against "
    "within without through per as than since until near inside outside among across around "
    "despite towards toward upon like if when while because whether"
)
CONJUNCTIONS = _set("and or but nor so")
ADVERBS = _set(
    "again ago already also always away back down even ever exactly first instead just last less "
    "more most much never not now off often only out soon still then together too up very yet"
)
NOT_ADVERBS = _set("family italy july assembly ally rally bully jelly belly anomaly monopoly reply")
INTERJECTIONS = _set(
    "yes yeah yep yup nope ok okay oh well alright great please thanks hi hello hey sure correct"
)
COMMANDS = _set("tell describe explain show list give name find define compare summarise")
ORDINALS = _set(
    "first second third fourth fifth sixth seventh eighth ninth tenth next last previous latest "
    "other final original new old"
)
TIMES = _set("year month week day date time century decade period era season moment")
MONTHS = _set(
    "january february march april may june july august september october november december"
)
PLACES = _set("city country town state region village place county province continent island")
# "this form" is mostly the one in hand, not one that was spoken of.
IN_HAND = _set(
    "document page text file paper report form website site policy contract agreement manual "
    "guide morning evening afternoon week month year world country context sense way time season"
)
GROUPS = _set(
    "company team band family group government army party club council firm committee people "
    "school university department agency church police crew navy court parliament board staff "
    "bank"
)
# "Where do they grow hops?": nobody in particular.
NOBODY_DOES = _set("film stop start grow put shoot call get make find replace")
TITLED = _set("sing sings sang sung wrote write writes said says say plays recorded starred stars")
CLAUSES = _set("when while after before because if that who which whom whose where although until")
ASKS_BY_NOUN = TIMES | PLACES | _set("many much long often far reason purpose amount size")

GENERAL = TIMES | PLACES | _set("thing book man woman person company ship document one group event")

PEOPLE = _set(
    "man woman person boy girl king queen emperor empress president minister chancellor mayor "
    "governor prince princess duke pope bishop priest saint author writer poet painter artist "
    "composer singer actor actress director founder inventor scientist physicist chemist "
    "philosopher historian engineer architect doctor nurse teacher professor student captain "
    "general admiral commander soldier officer chief leader head owner manager chairman secretary "
    "judge lawyer player coach champion winner wife husband father mother son daughter brother "
    "sister uncle aunt friend partner boss employee tenant landlord explorer sailor friend child "
    "guy lady widow heir successor predecessor discoverer designer editor speaker member"
)
HE = _set(
    "man boy king emperor prince duke pope husband father son brother uncle actor chairman lord "
    "sir mr charles john william james george robert thomas henry david michael richard joseph "
    "paul mark peter daniel martin albert alfred arthur edward frank isaac karl louis ludwig max "
    "otto pierre samuel simon stephen theodore victor vincent walter winston benjamin abraham "
    "adam alexander andrew anthony carl christopher edmund eric ernest francis franz frederick "
    "friedrich gustav hans hugo immanuel jacob johann leonardo napoleon nikola oliver oscar "
    "philip ralph sigmund tom ulysses johannes jean jack harry gary steve bill donald ronald "
    "barack"
)
SHE = _set(
    "woman girl queen empress princess wife mother daughter sister aunt actress lady widow mrs ms "
    "miss mary anna anne ann elizabeth emma jane margaret marie catherine katherine alice "
    "charlotte clara diana dorothy eleanor emily florence frances grace hannah helen ida jenny "
    "joan julia karen laura linda lucy maria martha nancy olga rosa rosalind ruth sarah sophia "
    "sophie susan teresa victoria virginia ada agnes amelia barbara beatrice caroline edith eva "
    "harriet ingrid irene isabella jennifer josephine judith louise matilda mette ragnhild odile "
    "rebecca rose"
)

# What time and place phrases begin with: what follows is no thing that "it" points to.
AROUND = _set("on in at during since until after before near from within through by")

VERBS = _set(
    "accept accuse achieve acquire act add address adopt advise affect agree aim allow announce "
    "answer apologize appear apply appoint argue arrive ask assist attack attempt attend automate "
    "avoid bake ban base beat become begin believe belong blame block book border borrow break "
    "bring broadcast build burn buy calculate call cancel capture carry cast cause celebrate "
    "change charge choose cite claim click close collect combine come command compete complete "
    "compose compute conclude condemn confer configure connect conquer consider consist contact "
    "contain continue contribute control convert convince cook cost count cover create credit "
    "criticize cross crown cut date deal decide declare decline dedicate defeat defend define "
    "delete deliver demand demonstrate deny depart depend deposit derive describe design destroy "
    "develop die differ direct disable discover discuss display divide divorce donate download "
    "draft draw dress drop earn eat edit educate elect eliminate employ enable encourage end "
    "endorse endure enjoy enroll enter establish estimate exchange execute exist expand expect "
    "experience expire explain explore express extend fail fall feature feed feel fight file fill "
    "find finish fire fit fix flee fly follow forbid force forge form found free fund gain "
    "generate get give go govern graduate grant grow hand handle hang happen hate have hear help "
    "hide hire hit hold honor hope host identify ignore import improve include increase indicate "
    "influence inherit inspire install insure intend introduce invade invent invest invite involve "
    "issue join judge keep kill knock know lack land last launch lead learn leave lend let license "
    "lie light like limit link list live locate look lose love maintain make manage manufacture "
    "mark marry mean measure meet mention merge move name need note notice notify obey object "
    "obtain occupy occur offer open operate oppose order organize originate overthrow owe own "
    "paint participate pass pay perform permit persuade pick place plan plant play poison portray "
    "pose possess practice predict prefer prepare prescribe present preserve prevent print produce "
    "prohibit promise promote pronounce propose protect prove provide publish purchase put qualify "
    "question raise rank rate reach read rebuild receive recognize recommend record recover reduce "
    "refer reform refund refuse regain register reign reject relate release rely remain remove "
    "renew rent repair repeal repeat replace reply report represent request require rescue reset "
    "reside resign resolve respond restart restore retire return reveal revise ride rise rule run "
    "sail say see seek seem sell send separate serve set settle share shoot show shut sign sing "
    "sink sit sleep speak spend sponsor spread stand star start state stay steal stop store strike "
    "study submit succeed suffer suggest supply support suppress surrender survive take talk taste "
    "teach tell terminate test thank think threaten tie touch tour trade train transfer transform "
    "translate travel treat try turn undergo understand unite update upgrade upload use vary view "
    "visit vote wait walk want warn wash watch wear weigh win wish withdraw work worship write"
)
# Verbs that are things after a noun: "the comic book", "tax credits".
THINGS = _set(
    "book claim contact cook credit download feed fund light register restart update upgrade upload"
)
# Verbs that are no nouns: after a noun they are what is said of it, "is the service free".
NO_NOUNS = _set(
    "become close complete direct express fit free have like live mean open present separate set"
)
# Before these a verb after a noun is a noun: "does the parking permit cost".
ONLY_VERBS = _set("apply become begin contain cost expire include mean occur require")
IRREGULAR = _set(
    "beaten became become began begun bore born bought bred broke broken brought built came cast "
    "caught chose chosen cost cut dealt died done drawn drew driven drove eaten fallen fed fell "
    "felt fled flew flown forbade forbidden forgot forgotten fought found gave given gone got "
    "grew grown had heard held hid hidden hit hung kept knew known laid lain lay led left lent "
    "lied lit lost made meant met overthrew overthrown owed paid put ran rang read rebuilt reset "
    "risen rose run said sang sank sat saw seen sent shot shown shut slain slept sold sought "
    "spent spoke spoken spread stole stolen stood struck stuck sung sunk swore taken taught "
    "thought threw thrown told took understood underwent went withdrawn withdrew woke won wore "
    "worn written wrote"
)
# Auxiliaries before one and before several.
PLURALS = {
    "does": "do", "is": "are", "was": "were", "has": "have", "doesn't": "don't",
    "isn't": "aren't", "wasn't": "weren't", "hasn't": "haven't",
}  # fmt: skip
SINGULARS = {several: one for one, several in PLURALS.items()}
