# The papers of the housing register in English, for who maintains the texts: no paper is issued in it.

title-acceptance-receipt = Receipt of acceptance of documents
title-refusal-receipt = Receipt of refusal to accept documents
title-return-letter = Letter returning documents
title-memo = Memo to the housing commission
title-agenda = Agenda of the housing commission's sitting
title-minutes = Minutes of the housing commission's sitting
title-registration-notice = Notice of registration
title-refusal = Reasoned refusal to register
title-courier-list = List of documents sent with the courier
title-unclaimed-register = Register of unclaimed results
title-queue-extract = Extract from the queue
title-granting-offer = Offer of housing
title-granting-decision = Decision to grant housing
title-removal-notice = Notice of removal from the register

# In all papers
date = { $day } { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
reference = No. { $number } of { $date }
page-of = Page { $page } of { $pages }
copy = Copy { $copy } of { $copies }
by-hand = (signature)
signed-electronically = Signed with EDS: { $at }
    Registration certificate: { $certificate }
verification = Checking the document
verification-text = This is the picture of an electronic document. The original is the XML document with an electronic digital signature. To check it, scan the QR code or open the address below. The SHA-256 value shown there must be the one given here.

# Fields and columns
ordinal = No.
full-name = Surname, name, patronymic
applicant = Service recipient
contacts = Contact details
iin = IIN
category = Category
position = Post
application = Application
registration = Registered
registration-date = Date of registration
registration-number = Number of registration
queue-number = Ordinal queue number (as of { $date })
commission-decision = Minutes of the housing commission's decision
reason = Reason of the refusal
ground = Ground
document = Document
number = Number
date-column = Date
addressee = To whom
sheets = Sheets
sender = Sender
receiver = Receiver
courier = Courier

# Receipt of acceptance
acceptance-receipt-text = Your request and the documents attached to it are accepted.
accepted = Number and date of acceptance
service = Type of service requested
attached-count = Number of attached documents
result-on = Date of the result
result-place = Place of the result
accepted-by = Responsible person who accepted
status = Status
status-accepted = Request accepted
acceptance-receipt-keep = Keep this receipt until you have the result.

# Receipt of refusal
refusal-receipt-text = Guided by article 20(2) of the Law of the Republic of Kazakhstan of 15 April 2013 on public services, { $office } ({ $address }) refuses to accept documents for the public service "{ $service }", as you have not submitted the complete package provided by item 9 of the standard of the service. Missing are:
refusal-receipt-copies = This receipt is made in 2 copies, one for each party.
executor-phone = Executor's telephone
received-by = Receipt received by
received-signature = Recipient's signature, date

# Letter of return
return-letter-text = The package submitted with your application ({ $application }) is not complete, so the documents are returned to you. These documents must be submitted in addition:
file-again-heading = How to file again
file-again = Collect the complete package and file a new application through a public service centre or the portal www.egov.kz. The term of 30 calendar days begins anew with the new application.
file-at = Where applications are taken
return-letter-queue = The place in the queue is given by the time of the application with all necessary documents; the date of this application is not kept.

# Memo
to-commission = To the housing commission under the akimat
family = Members of the family
relation = Relation
documents-in-case = Documents in the case
conclusion = Conclusion
memo-register = The documents are complete. It is proposed to register the service recipient as in need of housing.
memo-refuse = The documents are complete. It is proposed to refuse registration.
memo-incomplete = The package is not complete. Missing are:

# Agenda and minutes
sitting = Date of the sitting
sitting-place = Place of the sitting
invited = Members of the commission who are invited
to-be-heard = Applications to be heard
proposal = Proposal
proposed-register = to register
proposed-refuse = to refuse
present = Members of the commission present
absent = Members of the commission absent
heard-and-decided = Heard and decided
votes = Votes
votes-cast = in favour: { $yes }
    against: { $no }
    abstained: { $abstained }
decision = Decision
decided-register = To register
decided-refuse = To refuse registration. Ground: { $ground }
opinions = Members' own opinions

# Notice and refusal
registration-notice-text = You are registered as in need of housing from the state housing fund.
queue-changes = The ordinal queue number is given as of the date named and changes with the list.
refusal-text = You are refused registration as in need of housing.
refusal-incomplete = Reason of the refusal: the package is not complete. Missing are:
appeal = This decision may be appealed against as the law provides.
legal-base = Legal base: { $acts }.

# Lists
courier-totals = In all: documents { $items }, sheets { $sheets }.
unclaimed-register-text = Results that service recipients did not fetch within one month are sent to the provider for further storage.
receipt-number = Number of the receipt
receipt-date = Date of the receipt
result-date = Date of the result
sent-on = Sent on
sent-by = Sent by
taken-by = Received by
queue-extract-text = This extract from the list of citizens in need of housing is given:
places = Places in the list

# Granting
granting-offer-text = In the order of the list of citizens in need of housing you are offered this dwelling:
granting-offer-term = Please say whether you agree or refuse by { $date }.
dwelling = Dwelling
dwelling-address = Address of the dwelling
rooms = Rooms
area = Usable area, m²
floor = Floor
family-size = Members of the family
granting-decision-text = By the rules approved by Government decree No. 1420 of 1 December 2011, in the order of the list of citizens in need of housing, housing is granted:
granting-decision-lease = On the basis of this decision the local executive body and the citizen make a written lease.
granting-offer-out-of-turn = Out of turn, on the basis given below, this dwelling is offered to you:
granting-decision-out-of-turn = In accordance with the rules approved by Decree No.{ "\u00A0" }1420 of the Government of the Republic of Kazakhstan of 1 December 2011, out of turn, on the basis given below, a dwelling is granted:
cadastral-number = Cadastral number
basis = Basis
grounds = Shown by
basis-killed-on-duty = the family of a person killed on duty (Law on housing relations, article 74, item 3)
basis-registered-before-law = registration before the Law on housing relations took effect (article 118)
basis-judgement = decision of a court
removal-notice-text = You have been removed from the register of those in need of housing (Law on housing relations, article 73). The place in the list, and the grounds:

# Documents of item 9 of the standard
document-1 = Application, with consent to the check for housing from the municipal fund
document-2 = Identity document
document-3 = Document confirming the place of residence
document-4 = Certificate of marriage or divorce (issued before 1 June 2008)
document-5 = Certificates of children's birth and of family members' death (issued before 13 August 2007)
document-6 = Certificate of the local executive body that the only dwelling is recognised as emergency
document-7 = Certificate of each family member's income for the last 12 months before applying
document-8 = Certificate from the place of work (service)
document-9 = Certificates of competent bodies on the state of the dwelling or on a severe chronic disease
document-10 = Document on the status of cosmonaut or candidate cosmonaut
document-11 = Notarised power of attorney
document-12 = Data of state information systems on all members of the family

# Who signed
signer-service = Service (sealed electronically)
signer-head = Head
signer-deputy = Deputy head
signer-executor = Responsible executor
signer-chair = Chair of the commission
signer-member = Member of the commission
signer-secretary = Secretary of the commission
signer-inspector = Inspector of the public service centre
signer-dispatcher = Inspector of the accumulation section
signer-support = Documentary-support section
signer-chancellery = Chancellery
signer-akimat = Official of the akimat
signer-employee = Employee
signer-print = The print is certified by an employee of the centre

# From the register
phones = Telephones: the Department { $office }; its registration section, room 212: { $section }.
centre = Public service centre: { $name }
application-with-documents = Application with documents
file-again-places = Public service centre, or www.egov.kz
