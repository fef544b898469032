"""Given names and surnames of people in the UK, and the words that tell they are none.

Only as many as help: most names are found by the words around them.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN = _words(
    """
    aaliyah aaron abdul abdullah abena abigail abdi adaeze adam adebayo adeola adrian aharon ahmad
    ahmed aidan ailsa aisha aisling ajay akua alan alasdair albert aled alejandro aleksandra
    alexander alexandra alfie ali alice alicja alison alistair alun amelia amina amir amit amina
    amrit amy ana andrea andrew andrei andrzej aneurin angela angus anita anjali ann anna anne
    annette annie anthony antoni anwen aoife arjun arlo arthur arun asif asha ashraf audrey
    ayaan ayesha azad babajide baljit barbara barry bartek bartosz beatrice ben benedict benjamin
    bernard beryl bethan betty bilal blessing bogdan brenda brendan brian bridget bronwen bryn
    cadi callum cameron carl carmel caroline carys catherine catrin cecil ceri chantelle chiamaka
    chidi chinedu chioma chloe chris christine christopher chukwuma ciara claire clare clive colin
    connor craig cyril dafydd dai daniel danielle darren dave david dawid debbie deborah deborah
    declan deepak deirdre delyth denise dennis derek desmond diana diane dilys dmitri dominic
    donald donna dorcas doreen doris dorothy douglas duncan dylan ebony edith edward edyta efosa
    eileen elaine eleanor eleri elin elijah elizabeth ella ellen ellie elsie eluned elwyn emeka
    emily emma emyr enid eric erica esme esther ethan ewa eunice evelyn farah farhan fatima
    fatoumata femi ffion fiona folake frances francis freddie freya funmi gareth gary gavin gayle
    gemma geoff geoffrey george geraint geraldine gerald gethin gillian gladys glenys gloria gordon
    graham graeme greg gregory grzegorz guillermo gurpreet gwen gwenllian gwilym gwyneth halima
    halina hamza hannah harold harpreet harriet harry hassan hazel heledd helen henry hilary
    howard hugh huw hussain hywel iain ian ibrahim ieuan ifan ifeanyi ifeoma imran ingrid ioan
    iolo irena irene isaac isabel isabella isabelle isla ismail iwan jackie jacek jacob jacqueline
    jade jakub james jamie jan jane janet janice janine jaroslaw jason jaswinder javed jayden
    jean jeffrey jemima jennifer jenny jeremy jessica jill joan joanna joanne joe joel john
    jonathan jose joseph josephine joshua joyce juan judith julia julian julie justyna kai kamal
    karen karim karol kasia katarzyna kate katherine kathleen kathryn katie kayleigh keith kelly
    kenneth kerry kev kevin khadija khalid kieran kiran kofi krzysztof kuldeep kwabena kwame kyle
    lakshmi laura lauren lech leila lena leonard leroy lesley leszek lewis liam linda lindsay lisa
    liz llinos lorna lorraine louise lowri lucia lucy luke lukasz lynne lynn mabel magda magdalena
    mahmood mair malcolm malgorzata mandeep manjit marcin marek margaret maria marian mariam marie
    marjorie marlene martha martin mary maryam mateusz matilda matthew maureen mavis maya megan
    mehmet melanie meleri meena mercy meryl michael michal michelle mike mikolaj mildred milena
    millie mina miriam mohamed mohammad mohammed moira mona monika morag moses muhammad muriel
    musa mustafa myfanwy nadia naomi narinder naseem nasreen natalie natasha neha neil nerys
    ngozi nia niall nicholas nicola nicole nigel nikhil nina nisha nita nkechi noah noel noreen
    norman norma obinna odette oksana olga olena olivia oliver oluwaseun omar oscar osian owain
    owen pamela parveen patricia patrick paul paula pauline pawel peggy pete peter petra phil
    philip phillip phoebe phyllis piotr prakash pranav precious priya priyanka rachel rachael
    rahul raj rajesh ramesh rashid raymond rebecca reginald rhian rhiannon rhodri rhona rhys
    richard rita robert roger roisin ronald rosemary roxanne rukhsana rupert ruth ryan sabina
    sadia saeed saima sajid salma samantha samina samuel sandeep sandra sanjay sara sarah
    satnam sean shabana shahid shanice sharon shaun sheila shirin shona sian siân simon sinead
    siobhan slawomir sofia sonia sophie stacey stefan stella stephanie stephen steve steven
    stuart suleiman sunita suresh surinder susan sushma suzanne svetlana sybil sylvia tadeusz
    tanisha tanya tara tariq temitope terence teresa terry theresa thomas tilly timothy
    tobi tom tomasz tomos tony tracey tracy trevor tunde tyler tyrone uzma valerie vanessa vera
    veronica vijay vikram vince vincent wanda wayne wendy wiktor wilfred william winifred
    wojciech yaw yasmin yetunde yolanda yusuf yvonne zachary zahra zainab zara zbigniew zeynep
    zofia zoe zuzanna
    """
)
"""Given names that are hardly anything else."""

WORDS_TOO = _words(
    """
    abby alex alma amber amos angel april archie art ashley aurora austin autumn avril baz barney
    beverley bill blake bob brad brook bruno carol cash celeste chad charity charles charlie
    charlotte chase chelsea cherry chester christian clay cliff clement coral crystal daisy dale
    dan dawn dean dee devon diamond dot drew duke earl ed eden ellis eve faith fay fern finn
    flora florence ford francesca frank fred gale gay gene georgia ginger glen grace grant guy
    harley harmony harvey heather holly honey hope hunter india iris israel ivy jack jasmine jay
    jerry jet jewel jim jo jordan joy juan june karma ken kent kerr kim kit lance lane laurel
    lee leo lily lincoln logan lou luna mark marsha mason max may melody mercedes miles milo
    misty mo morgan myrtle nat nelson nick nora olive opal oriel paris pat pearl penny poppy
    preston prince ray rae reed regina reuben rex rich rob robin rock rocky rod roman ron rory
    rose rosie rowan roy ruby russell rusty sadie sally sam sandy saffron savannah scarlett scott
    sean shane shannon shirley sid sidney sky skye stan stanley sterling stirling sue summer sunny
    sydney ted tim trent trinity troy ty van vic victor victoria viola violet virginia wade walter
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
        ("catherine", "wheel"),
        ("david", "lloyd"),
        ("harry", "potter"),
        ("john", "lewis"),
        ("martin", "mere"),
        ("thomas", "cook"),
        ("william", "hill"),
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
    a about access account action active admissions adult adults advice after again air airbnb all
    allotment allowance also am american an and another any anyone appeal appeals application
    apply are area armed as asian ask assessment assistance association at attendance away back
    badge bailiff band bank bbc because bed been before benefit benefits best big bin bins birth
    bisexual black blue board body bonfire booking box boxing british broken brown building
    building bulky business but by call can car card care carer catholic certificate challenge
    change charge child children chinese christmas church citizen citizens city civic civil claim
    class clean cleaner clerk climate club cold collection collections committee community company
    complaint consultation contact control corporate could council councillor councillors county
    court credit crisis customer dad day days deaf debit delivery department did direct disabled
    discount discretionary district diwali do does dog don't dr driver due duty early easter ed eid
    election elections electoral emergency energy england english environment environmental
    european event every exampleton exemption facilities facebook family february fee few fine fire
    first flat flats food for forces form foster free friday from fund funding garden gas gay
    general get getting go going good got gov government gp grant green had hall happy has have
    he health help her here hey hi highway highways him hindu his hmrc holiday home homeless homes
    hope hospital house household housing how hub hubs i i'd i'll i'm i've if im in income
    independence independent indian info insurance irish is isn't it it's italian its january jewish
    job jobs just key kind lady land landlord last late law lease leasehold legal lesbian let
    letter letters library licence licensing life line list little live local london lord lost
    ltd ltd. lunch ma'am manager market married maternity may mayor me meals member mental midwife
    mine minister missed mobility monday money monitoring mortgage mp mr mrs ms mum museum music
    muslim my name national nationwide neighbourhood network new news next nhs no noise northern not
    notice november now number nurse nursery october of off offer office officer officers ofsted
    old on one online only open or order our out over owner paid pakistani parent parents parish
    park parking partner partnership passport path pay payment payments pcn pension pensioner
    people permit permits personal phone photo pip place plan planning please police policy polish
    post postal poor priority private property protection public pupil quality question rates
    reading really reception recycling reduction reference refuse register registrar registration
    remembrance rent repair repairs report request resident residents retired right road roads
    romanian royal rubbish safe safety same saturday school schools scotland scottish send senior
    september service services she should sick sikh single sir sixth small social solicitor some
    someone somebody sorry south spring staff standards state stop street student summer sunday
    support sure surgery switchboard system tax taxi team tenancy tenant term terms thank thanks
    that the their them there these they this those thursday tip to today tomorrow tonight too
    tory town trade traffic transport tuesday twitter uk ukrainian under universal unit unknown up
    upset urgent us value very visit visitor voluntary vote voter waiting wales walking want warm
    waste watch we website wednesday week weekend weekly well welsh were west what when where which
    who why widow widowed will winter with women work worker world would year years yellow yes
    yesterday you young your youth labour conservative conservatives unitary junior infant
    january march april june july august december wrong missing incorrect right spelled spelt
    misspelled misspelt still already listed down being never changed changing different removed
    added registered called bye mate everyone nobody occupier lettings properties estates cricket
    football rugby scouts guides brownies limited plc llp tesco asda biffa veolia sainsbury's
    ar yn y yr a'r i'r o'r o am gan gyda heb dros diolch cyngor bin biniau mae sydd sy rwy rwyf
    rydw rydym dydd mis gŵyl nadolig pasg treth
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
