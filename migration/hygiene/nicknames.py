"""Given names that stand for one another, and common names that tell which part is which.

Written down from common usage. One nickname may stand for several names ("Alex"),
so names agree when they share a family of names, never by a canonical form alone.
"""

from migration.hygiene.text import word_set

_FAMILIES = """
alexander alex xander sandy lex alejandro alessandro sasha alec
alexandra alex sandra sandy lexi alexa alejandra sasha
abigail abby abbie gail
albert al bert bertie alberto
alfred al fred alfie alfredo
amanda mandy
andrew andy drew andreas andre andres andrea
anthony tony antonio anton toni
anne ann anna annie anja anita ana nancy hanna hannah
annabelle annabel anabel anabella annabella bella
arthur art
barbara barb babs barbie
benjamin ben benny benji
bernard bernie bernhard
beverly bev beverley
bradley brad
brandon brandy
caroline carol carolyn carrie karoline carolina caro
catherine kathy cathy kate katie katherine kathryn cate catalina katharina katarina kitty kat kay
charles charlie chuck chas carl karl carlos chaz
charlotte charlie lottie
christine chris chrissy tina christina christa kristin kristen kristine kirsten christiane
christopher chris kris topher christoph cristobal
clifford cliff
cynthia cindy
daniel dan danny daniele
danielle dani daniela
david dave davey davy
deborah deb debbie debra
dennis denny denis
dominic dom dominik nick
donald don donny donnie
dorothy dot dottie dorothea
douglas doug
edmund ed eddie ted
edward ed eddie ted ned teddy eduardo eduard
eleanor ellie nell nora elena ellen helen
elizabeth liz beth betty lisa eliza lizzie elisabeth bess betsy libby elsa lise isabel
emily em emma emmy millie
eric erik erich rick
ernest ernie ernst ernesto
eugene gene
evelyn eve evie
florence flo
frances fran franny francesca franziska
francis frank franz francisco francesco fran paco
franklin frank
frederick fred freddy freddie fritz friedrich federico frederik
gabriel gabe gabriele
gabrielle gabby gabriela
geoffrey jeff geoff jeffrey
george georg jorge giorgio georgie
gerald gerry jerry gerard gerhard
gregory greg gregor
harold harry hal
harriet hattie
heather heath
henry harry hank heinrich henrik hal enrique henri
hubert hugh bert
isabella bella izzy isabel
jacob jake jakob
jacqueline jackie
james jim jimmy jamie jaime
jane janey jean joan
janet jan
jason jay
jennifer jen jenny jenn jennie
jeremy jerry jeremiah
jessica jess jessie
joanna jo joanne joann johanna
john jack johnny jon johann johannes juan jean giovanni hans ian jan sean
jonathan jon john jonny nathan
joseph joe joey josef jose jo giuseppe pepe
joshua josh
judith judy judi
julia julie jules giulia juliet
julian jules julio giulio
karen kari
kenneth ken kenny
kevin kev
kimberly kim kimberley
laura laurie lori lauren
lawrence larry laurence lorenzo lars
leonard leo len lenny leonardo leon
leslie les lesley
lewis lou louis luis ludwig louie lew
lillian lily lilly lil
linda lynn lyn
lucas luke luca lukas
louise lou luisa
madeline maddie maddy madeleine
marcus marc mark marco markus marcos
margaret maggie meg peggy peg marge margie greta rita margarita margarete margot peggie
maria mary marie mariah maryam mia
mary molly polly mae
martin marty martino martín
martha marty patty
matthew matt matty matthias mateo matteo mathias
maurice mo moe mauricio
maximilian max
maxwell max
megan meg
melissa mel missy lissa
melanie mel
michael mike mick mickey micky miguel michel mikey michele
michelle shelly shelley micheline
mildred millie
mohammed mohamed muhammad mohammad muhammed ahmad mhd mo
nathaniel nate nathan nat
nicholas nick nicky nicolas nico nikolaus klaus niklas nicola
nicole nicky nikki
norman norm
oliver ollie oli olivier
olivia liv livvy livia
oscar ossie oskar
pamela pam
patricia pat patty trish tricia patti
patrick pat paddy rick
paul paolo pablo pauli
paula pauline paulina
peter pete pedro pierre piotr pietro
philip phil phillip philipp felipe pip
priscilla cilla
rachel rae raquel
ralph raul rolf
randolph randy randall
raymond ray ramon
rebecca becky becca
reginald reg reggie
richard rick dick rich richie ricky ricardo riccardo
robert rob bob bobby robbie roberto bert bobbie
roberta bobbie
roderick rod rick
rodney rod
roger rog ruediger
ronald ron ronnie
rosemary rose rosie rosemay rosa
roxanne roxy
russell russ rusty
ruth ruthie
samantha sam sammy
samuel sam sammy sammie
sarah sara sally sadie
sebastian seb bastian
sharon shari
sophia sophie sofia
stanley stan
stephanie steph steffi stefanie stephie estefania
stephen steve steven stefan stephan esteban stefano stevie
susan sue susie suzanne susanne suzy susanna
sylvia silvia syl
teresa terry theresa tess tessa therese
terrence terry terence
theodore ted theo teddy
thomas tom tommy thom tomas
timothy tim timmy
tobias toby
valerie val
vanessa nessa
veronica ronnie vera
victor vic viktor vittorio
victoria vicky tori vicki viktoria
vincent vince vinnie vincenzo vicente
virginia ginny ginger
walter walt wally
wendy wendi
wesley wes
william will bill billy willy willie wilhelm guillermo liam
zachary zach zack zac
"""

GROUPS: dict[str, frozenset[int]] = {}
_sets: dict[str, set[int]] = {}
for _no, _line in enumerate(_FAMILIES.split("\n")):
    for _name in _line.split():
        _sets.setdefault(_name, set()).add(_no)
GROUPS = {name: frozenset(numbers) for name, numbers in _sets.items()}

FAMILY_NAMES = word_set("""
    smith johnson williams brown jones miller davis wilson anderson taylor moore jackson white harris clark
    robinson walker hall young wright hill green adams baker nelson carter mitchell roberts turner phillips
    campbell parker evans edwards collins stewart morris rogers cook murphy bailey bell cooper richardson cox
    howard ward peterson gray watson brooks kelly sanders price bennett wood barnes ross henderson coleman
    jenkins perry powell long hughes flores butler garcia rodriguez martinez hernandez lopez gonzalez perez
    sanchez ramirez torres rivera gomez diaz reyes cruz morales ortiz gutierrez chavez ramos ruiz fernandez
    alvarez muller mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schafer koch
    bauer richter klein wolf schroder neumann schwarz zimmermann braun kruger hofmann hartmann lange werner
    krause lehmann rossi russo ferrari esposito bianchi romano colombo ricci marino greco conti dubois durand
    moreau lefebvre leroy roux fournier girard bonnet dupont lambert nguyen tran patel singh khan kumar shah
    chen wang zhang liu yang huang zhao wu zhou kim park choi jansen bakker visser smit kowalski nowak novak
    svensson johansson andersson larsen hansen nielsen
""")
# Family names that are also given names: they must not make a person look swapped.
BOTH = word_set("""
    james thomas lewis scott martin kim lee allen morgan jordan alexander king cruz ross kelly taylor carter
    parker cooper wolf werner hartmann lambert romano marino ramos howard ward perry price brooks stewart clark
    nelson mitchell evans hall bell bailey long
""")


def related(one: str, two: str) -> bool:
    """Do two folded given names stand for one another ("bob", "robert")?"""
    if one == two:
        return True
    first, second = GROUPS.get(one), GROUPS.get(two)
    return bool(first and second and first & second)


def is_given(name: str) -> bool:
    """Is the folded `name` a well-known given name?"""
    return name in GROUPS


def is_family_only(name: str) -> bool:
    """Is folded `name` a family name and not a given name?"""
    return name in FAMILY_NAMES and name not in GROUPS and name not in BOTH


def is_given_only(name: str) -> bool:
    """Is folded `name` a given name and not a family name?"""
    return name in GROUPS and name not in FAMILY_NAMES


def looks_swapped(given: str, family: str) -> bool:
    """Do folded `given` and `family` read as if they stood in each other's place?"""
    return is_family_only(given) and is_given_only(family)
