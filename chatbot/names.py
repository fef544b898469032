"""Given names and surnames of people in the UK, and the words that tell they are none.

Only as many as help: most names are found by the words around them.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN = _words(
    """
    aaliyah aaron abbie abdi abdul abdullah abena abi abigail abiola adaeze adam adebayo adeola
    adewale adil adnan adrian agata agnes agnieszka aharon ahmad ahmed aidan ailsa aimee ainsley
    aisha aisling ajay akosua akua alan alana alasdair albert aled alejandro aleksander
    aleksandra alessandro alessia alexander alexandra alexis alfie alfonso alfred ali alice
    alicja alina alison alistair althea alun alvin amal amanda amara amelia amelie amie amina
    aminata amir amit amrit amy ana anabel anastasia anders andre andrea andreea andrei andrew
    andrii andrzej aneesa aneurin angela angelika angharad angus anika aniket anil anisa anish
    anisha anita anjali ann anna annabel annalise anne annette annie anouk anthony antoinette
    anton antoni antonio anwen anya aoibhinn aoife apinya arabella ariana arif arjun arlene arlo
    armando arnav arnold arthur arun asha ashraf ashwin asif asma astrid athena audrey augustine
    aurelia ayaan ayesha aylin ayo azad azra babajide babatunde badr bahar baljit balraj
    balwinder barbara barnaby barry bartek bartholomew bartlomiej bartosz bashir beata beatrice
    becky bella benedict benita benjamin bernadette bernard bernice beryl beth bethan betty
    bhavesh bhavna bianca bilal bina bogdan boguslaw bohdan boris borys bozena brandon branislav
    breanna brenda brendan brian brianna bridget bridie brigid britney bronagh bronwen bruce
    bryn bryony byron cadi cai caitlin callum cameron camila camille candice caoimhe cara carl
    carla carlos carlton caroline carolyn carrie carys casper cassandra catalina cath cathal
    catherine cathy catrin catriona cecil ceri cerys chandni chandra chantal chantelle charlene
    charmaine cheryl chiamaka chiara chidi chinedu chinonso chinwe chioma chirag chloe chloë
    chris christina christine christopher christos chukwuma cian ciara ciaran cillian cindy
    claire clara clare clarence claudette claudia clementine clifford clint clive clyde colin
    connor conor conrad corinne cormac courtney craig crispin cristian curtis cynthia cyril
    czeslaw dafydd dagmara dai damian damilola daniel danielle danuta daphne darius dariusz
    darragh darrell darren darshan dave david davina dawid dawson deb debbie deborah debs declan
    deepak deirdre delia delroy delyth demetrius denis denise dennis denzel derek desiree
    desmond dhruv diana diane diego dilys dimitar dimitri dinesh dipak dmitri dolores dom
    dominic dominika dominique donal donald donna dorcas doreen doris dorothy doug dougal dougie
    douglas duarte dudley duncan dwayne dylan eamon eamonn edgar edie edina edith edmund eduard
    edward edwin edwina edyta efosa efua eileen eilidh eira eirlys elaina elaine eleanor elena
    eleri elias elijah elin elisabeth elise elisha eliza elizabeth ella ellen ellie elliot
    elliott eloise elsie elspeth eluned elvira elwyn elzbieta emeka emilia emilie emilio emily
    emma emmanuel emrys emyr enid enrique eoin eric erica erik erin ernest ernesto errol erwin
    esha esi esme esmeralda estelle esther esyllt ethan ethel etta euan eugene eugenia eunice
    eva evangeline evelyn evie ewa ewan ewelina ezekiel ezra fabian faisal faiza farah farhan
    farida farooq farzana fatima fatimah fatma fatoumata feargal fearghal felix femi fergus
    fernando ffion filip filomena finlay finley fiona folake folasade fran frances francis
    fraser freddie frederick freya frieda funmi gabe gabor gabriel gabriela gabrielle gareth
    gary gavin gayle gaynor gemma genevieve geoff geoffrey george geraint gerald geraldine
    gerard gerry gethin gethyn ghulam gilbert gillian gina giorgio giovanni gita giulia gladwyn
    gladys glenys gloria godfrey gordon graeme graham grainne greg gregory grzegorz guillermo
    gurpreet guto gwen gwenda gwenith gwenllian gwilym gwyneth gwynfor hadiza hafsa hakeem
    halima halina hamid hamish hamza hana hanif hanna hannah hans haris harjit harold haroon
    harpreet harriet haruna harvinder hasan hassan hayley hector hefin heledd helen helena helga
    hemant henrietta henrik henry henryk herbert hilary hilda horace howard hubert hugh hugo
    humphrey hussain hussein huw hyacinth hywel iain ian ianto ibrahim ibrahima idris ieuan ifan
    ifeanyi ifeoma ignacy igor ilona imani imelda immy imogen imran ines ingrid ioan ioana iolo
    iona iqra irena irene irma iryna isaac isabel isabella isabelle ishaan ishmael isidora isla
    ismael ismail istvan ivan ivana ivor iwan iwona izabela izzy jacek jackie jacob jacqueline
    jadwiga jagdeep jaime jakub jamal james jamie jamila jane janek janet janice janine jannat
    janusz jared jaroslaw jasmin jason jaswinder javed javier jaya jayden jayesh jayne jeanette
    jeannie jeff jeffrey jemima jenna jennifer jenny jeremy jerome jerzy jess jessica jethro
    jill jimmy joachim joan joana joanna joanne joaquin jocelyn joe joel johan john johnny
    jolanta jon jonah jonas jonathan jonny jorge jose joseph josephine josh joshua josie josip
    joyce jozef judith judy julia julian julianna julie julius justin justine justyna kacper
    kadir kai kaitlyn kalpana kamal kamala kamila kamran kane karen karim karina karl karol
    karolina kashif kasia katarzyna kate katerina kateryna kath katherine kathleen kathryn kathy
    katie katrina kavita kayden kayleigh kazimierz keeley keira keisha keith kelechi kelly kemi
    kenneth kenny kerrie kerry keshia kev kevin khadija khadra khaled khalid kiera kieran kieron
    kimberley kinga kiran kirsten kirsty kishore klaudia kofi kojo konrad krishna kristina
    krystyna krzysztof kuldeep kulwinder kurt kushal kwabena kwame kyle kylie lacey lachlan
    laila lakshmi lalita lamar lara larisa lata latoya laura lauren lawrence layla leah leanne
    lech leela leighton leila lena lennox leona leonard leonie leonora leopold leroy lesley
    leszek leyla liam lidia lilian liliana lillian lina linda lindsay lionel lisa livia livvy
    liz llewelyn llinos llion lois lola loretta lorna lorraine lottie louis louisa louise lowri
    luca lucas lucia lucian lucinda lucy luigi luis lukas lukasz luke lydia lyndon lynn lynne
    mabel macey maciej maddie madeleine madhu madison magda magdalena maggie mags mahesh mahmood
    mahmoud mair maisie majid malachi malcolm malgorzata malika manal mandeep mandy manish
    manjit manoj manuel marc marcel marcia marcin marco marek margaret margot maria mariam
    marian mariana marianne marie marilyn mario marion mariusz marjorie marlene marlon marta
    martha martin marvin mary maryam marzena mateusz mathew matilda matt matthew mattie maureen
    maurice mavis maxim maxine maxwell maya mbali meena meera meg megan megha mehdi mehmet mei
    melanie meleri mercia meredith merfyn meryl mhairi mia miah michael michal michelle mickey
    miguel mihai mikolaj mila mildred milena millie milos mimi mina miranda mirela miriam
    miroslav misha mohamed mohammad mohammed mohan moira moishe mollie molly mona monika morag
    moses moyra muhammad murdo muriel musa musab mustafa mustapha mwangi myfanwy mykola myra
    nabil nadeem nadia nadine nadira naeem nafisa nahid naima najma nancy nanette naomi naresh
    narinder naseem nasir nasreen nasrin nassim natalia natalie natalya natasha nathan nathaniel
    naveed naz neelam neema neha neil nelly nerys nesta nettie neville ngozi nia niall niamh
    nicholas nicky nicola nicolae nicolas nicole nigel nigella nikhil nikita nikki nikola
    nikolai nilesh nimmi nina ninette nirmala nisha nishant nita nkechi nneka noah noel noelle
    noor noreen norma norman nour nuala nuno nusrat oana obinna odette odhran oksana olayinka
    oleg oleh oleksandr olena olga oliver olivia ollie olly oluchi olufemi olumide oluwaseun
    oluwaseyi oluwatobi omar omari orhan orla osama oscar osian oswald othman ottilie ottoline
    owain owen pablo padma padraig pam pamela paolo parth parveen parvin pascal patricia patrick
    patrik paul paula pauline pavel pawel payal pedro peggy pembe perpetua petar pete peter
    petra petronella petrus phil philip philippa phillip philomena phoebe phyllis pia pierre
    piers piotr pippa pooja prabhjot prakash pranav prashant pritesh priya priyanka quentin
    rabia rachael rachel rachid radek radoslaw rafael rafal raheem rahul raj rajan rajesh
    rajinder rajiv rakesh ralph ramesh ramona randall rani rashid rashida ravi raymond razia
    rebecca rebekah reece reena reggie reginald rehana rekha remi rena renata renee reyansh rhea
    rhian rhiannon rhodri rhona rhys ricardo richard richie rina rita rizwan robert roberta
    roberto rochelle roderick rodney roger rohan rohit roisin roksana roland romana ronald rosa
    rosaleen rosalind rosalyn rosamund rosanna rosemary roshni rosina roxanne roz ruairi rubina
    rudolf rufus rukhsana rukmini rupa rupert rupinder ruta ruth ryan saad sabah sabina sabir
    sabrina sacha sadia saeed safiya sahil saima sajid sajida sakina salim salma salman samantha
    samina samir samira sammy samuel sana sanaa sandeep sandra sanja sanjay santosh saoirse sara
    sarah saskia satish satnam saul savita seamus sebastian seema selina selma selwyn serena
    sergei serhiy shabana shabnam shafiq shaheen shahid shaima shakira shameem shamim shanaz
    shanelle shanice shanti sharmila sharon shaun shaz sheena sheila shelley shelly shilpa
    shirin shiv shona shreya shukri sian sibyl sidra silvia simon simran sinan sinead siobhan
    siwan sixten siân slawomir sofia sofie sonia sonja sophia sophie soraya sorcha stacey stacy
    stanislaw stefan stefania stelian stella steph stephanie stephen steve steven stewart stewie
    stuart sukhdev suki suleiman sumaya sunita suraj suresh surinder susan sushil sushma suzanne
    svetlana swati sybil sylvia sylwia szymon tabitha tadeusz tahir taiwo talia tamara tamsin
    tanisha tanvir tanya tara taras tariq tasha tatiana tegan teja temi temitope teodor terence
    teresa terri terry tess thea thelma theo theodora theodore theresa therese thomas tia tiago
    tilly timothy tina tirion titus tobi toby todd tom tomasz tomek tomos tonia tony toyin
    tracey tracy trev trevor trina trish tristan trudy tuan tunde tyler tyrone uche ugochukwu
    ulrika umar urmila urszula usha usman uzma val valentina valerie vandana vanessa vasile
    veena venetia vera vernon veronica vicky vijay vijaya vikram viktor vimla vince vincent
    vineet viorel virendra vishal viv vivek vivian vivien vladimir volodymyr waclaw wahid waleed
    wanda wanjiru waqas wasim wayne wendy wieslaw wiktor wilf wilfred wilhelmina william wilma
    winifred winnie wioletta witold wojciech xavier xiaoming yaa yael yahya yakub yan yana yaqub
    yaroslav yash yasir yasmeen yasmin yasmina yaw yetunde yewande yolanda yolande yosef youssef
    yuki yulia yuliya yuri yusra yusuf yuto yves yvonne zac zachary zack zaheer zahid zahra zaid
    zainab zainabu zak zane zara zaynab zbigniew zdzislaw zehra zeke zelda zena zeynab zeynep
    zia zoe zofia zoltan zora zoë zsofia zubair zuleika zuzanna zygmunt
    """
)
"""Given names that are hardly anything else."""

WORDS_TOO = _words(
    """
    abby alex alma amber amos angel april archie art ashley ata aurora austin autumn avril
    barney basil baz ben bertha beverley bill blake blessing bob brad brook bruno carmel carol
    cash celeste chad charity charles charlie charlotte chase chelsea cherry chester christian
    clay clement cliff constance coral crystal daisy dale dan dana dawn dean dee dev devi devon
    dexter diamond dot drew duke earl ebony ed eden ellis evan eve faith fay felicity fern finn
    fletcher flora florence florin ford francesca frank fred gale gay gene georgia ginger glen
    grace grant guy hari harley harmony harry harvey hazel heather holly honey hope hunter india
    iris israel ivy jack jade jan jasmine jasper jay jean jerry jet jewel jim jo jordan joy juan
    june karma kelvin ken kent kerr kim kit kitty kris lance lane laurel lee leo lewin lewis
    lily lincoln lloyd logan lou luna mai malik mara mark marsha mason max may mel melody
    mercedes mercy mike milan miles milo misty mitchell mo morgan murray myrtle nan nat nelson
    nick nora olive opal oriel orlando osman paddy paris pat patience pearl penny polly poppy
    precious preston prince prudence quinn rae ray reed regina reuben rex rich riley rob robin
    rock rocky rod roman ron rory rose rosie rowan roy ruby russell rusty sadie saffron sally
    sam sandy santiago savannah scarlett scott sean shane shannon sherif shirley sid sidney sky
    skye stan stanley sterling stirling sue summer sunny sydney ted teddy tiffany tim trent
    trinity troy tudor ty una van verity vic victor victoria viola violet virginia wade walter
    ward warwick wes will willow winston woody wyn
    """
)
"""Given names that are also words, places or brands: only with more to tell them by."""

SURNAMES = _words(
    """
    adams adeyemi ahmed akhtar ali allen anderson bailey baker begum bell bennett bevan bibi brown
    campbell carter chowdhury clark clarke collins cook cooper cox davies davis desai doyle edwards
    evans eze fitzgerald foster gill gray green griffiths hall harris harrison hill hughes hussain
    iqbal jackson james jenkins johnson jones kaur kelly khan king kowalska kowalski kumar lee
    lewis lloyd mahmood malik martin mensah miller mitchell mohammed moore morgan morris murphy
    murray nowak nwosu o'brien o'connor obi okafor okoro osman owen parker patel phillips powell
    price prosser rees reid reza richards richardson roberts robinson rogers ross ryan scott shah
    sharma shaw shevchenko simpson singh smith stewart taylor thomas thompson turner walker ward
    watson watts white whitehouse williams wilson wood wright young zielinski
    """
)

BRANDS = frozenset(
    {
        ("alan", "turing"),
        ("anne", "frank"),
        ("boris", "bikes"),
        ("catherine", "wheel"),
        ("charles", "dickens"),
        ("david", "lloyd"),
        ("dawn", "redwood"),
        ("dewi", "sant"),
        ("emmeline", "pankhurst"),
        ("florence", "nightingale"),
        ("guy", "fawkes"),
        ("harry", "potter"),
        ("helen", "keller"),
        ("isaac", "newton"),
        ("jack", "and"),
        ("jane", "austen"),
        ("john", "lewis"),
        ("marie", "curie"),
        ("martin", "luther"),
        ("martin", "mere"),
        ("mary", "seacole"),
        ("nelson", "mandela"),
        ("oliver", "twist"),
        ("owain", "glyndŵr"),
        ("paddy", "power"),
        ("rob", "roy"),
        ("robert", "owen"),
        ("robin", "hood"),
        ("rosa", "parks"),
        ("ted", "baker"),
        ("thomas", "cook"),
        ("william", "hill"),
        ("william", "shakespeare"),
    }
)

PLACES = _words(
    """
    academy arms avenue ave bank barn bay bridge building buildings castle cathedral cemetery
    centre chapel church clinic close club college common corner cottage court crescent cross
    depot drive estate farm fair field fields gallery garden gardens gate green grove hall heath
    hill hospital hotel house inn institute island junction lake lane library lodge lounge manor
    market meadow meadows memorial mere mews mill monument moor museum palace parade park path
    pier place playground primary pub quay reserve rise river road row school secondary showground
    square stadium station street surgery terrace theatre tower trust university vale valley view
    village walk ward way wharf wood woods yard
    """
)
"""What follows a name that is a place's: Victoria Park, Albert Road."""

NO_NAMES = _words(
    """
    a a'r about access account act action active added admissions adult adults advice after
    afternoon again air airbnb all allotment allowance already also am american an and annwyl
    another any anyone appeal appeals application apply april ar are area armed as asda asian
    ask assessment assistance association at attendance august away back badge bailiff band bank
    bbc because bed been before being benefit benefits best biffa big bin biniau bins birth
    bisexual black blue board body bonfire booking box boxing british broken brown brownies
    building bulky business but by bye call called can car card care carer catholic certificate
    challenge change changed changing charge child children chinese christmas church citizen
    citizens city civic civil claim class clean cleaner clerk climate club cold collection
    collections committee community company complaint conservative conservatives consultation
    contact control corporate could council councillor councillors county court cpc credit
    cricket crisis customer cyngor dad day days deaf dear debit december delivery department did
    different diolch direct disabled discount discretionary district diwali do does dog don't
    down dr driver dros due duty dydd early easter ed eid election elections electoral emergency
    energy england english environment environmental estates european evening event every
    everyone exampleton exemption facebook facilities family february fee few fine fire first
    flat flats food football for forces form foster free friday from fund funding gan garden gas
    gay general get getting go going good got gov government gp grant green guides gyda gŵyl had
    hall happy has have he health heb hello helo help her here hey hi high highway highways him
    hindu his hiya hm hmrc holiday home homeless homes hope hospital house household housing how
    hub hubs i i'd i'll i'm i'r i've if im in income incorrect independence independent indian
    infant info insurance irish is isn't it it's italian its january jewish job jobcentre jobs
    july june junior just key kind labour lady land landlord last late law lease leasehold legal
    lesbian let letter letters lettings library licence licensing life limited line list listed
    little live llp local london lord lost ltd ltd. lunch ma'am mae manager march market married
    mate maternity may mayor me meals member mental midwife mine minister mis missed missing
    misspelled misspelt mobility monday money monitoring morning mortgage mp mr mrs ms mum
    museum music muslim my nadolig name national nationwide neighbourhood network never new news
    next nhs no nobody noise northern not notice november now number nurse nursery o o'r
    occupier october of off offer office officer officers ofsted old on one online only open or
    order our out over owner paid pakistani parent parents parish park parking partner
    partnership pasg passport path pay payment payments pcn pension pensioner people permit
    permits personal phone photo pip place plan planning plc please police policy polish poor
    post postal priority private programme properties property protection public pupil quality
    question rates reading really reception recycling reduction reference refuse register
    registered registrar registration remembrance removed rent repair repairs report request
    resident residents retired revenue right road roads romanian royal rubbish rugby rwy rwyf
    rydw rydym safe safety sainsbury's same saturday scheme school schools scotland scottish
    scouts send senior september service services she should shwmae sick sikh single sir sixth
    small social solicitor some somebody someone sorry south spelled spelt spring staff
    standards state still stop street student summer sunday support sure surgery switchboard sy
    sydd system tax taxi team tenancy tenant term terms tesco thank thanks that the their them
    there these they this those thursday tip to today tomorrow tonight too tory town trade
    traffic transport treth tuesday twitter uk ukrainian under unit unitary universal unknown up
    upset urgent us value veolia very visit visitor voluntary vote voter waiting wales walking
    want warm waste watch we website wednesday week weekend weekly well welsh were west what
    when where which who why widow widowed will winter with women work worker world would wrong
    y year years yellow yes yesterday yn you young your youth yr
    """
)
"""Words that no name starts with, whatever stands before them; capitals do not make them one."""

ENDS = NO_NAMES | _words(
    """
    live lives living need needs wants dob born email tel mobile aged rents works says said has
    moved died lost asked asking speaking ringing calling writing got gets wants would like having
    pays owns keeps tell told came won't can't didn't doesn't haven't i'd age
    """
)
"""Words that end a name, as the next thing said."""
