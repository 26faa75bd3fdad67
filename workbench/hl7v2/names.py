"""Names of segments, which are the same in each version."""

from __future__ import annotations

_SEGMENTS = """
ABS Abstract|ACC Accident|ADD Addendum|ADJ Adjustment|AFF Professional Affiliation
AIG Appointment Information - General Resource|AIL Appointment Information - Location Resource
AIP Appointment Information - Personnel Resource|AIS Appointment Information - Service
AL1 Patient Allergy Information|APR Appointment Preferences|ARQ Appointment Request|ARV Access Restrictions
AUT Authorization Information|BHS Batch Header|BLC Blood Code|BLG Billing|BPO Blood Product Order
BPX Blood Product Dispense Status|BTS Batch Trailer|BTX Blood Product Transfusion/Disposition
CDM Charge Description Master|CER Certificate Detail|CM0 Clinical Study Master|CM1 Clinical Study Phase Master
CM2 Clinical Study Schedule Master|CNS Clear Notification|CON Consent|CSP Clinical Study Phase
CSR Clinical Study Registration|CSS Clinical Study Data Schedule|CTD Contact Data
CTI Clinical Trial Identification|DB1 Disability|DG1 Diagnosis|DRG Diagnosis Related Group
DSC Continuation Pointer|DSP Display Data|ECD Equipment Command|ECR Equipment Command Response
EDU Educational Detail|EQL Embedded Query Language|EQP Equipment Log/Service|EQU Equipment Detail
ERQ Event Replay Query|ERR Error|EVN Event Type|FAC Facility|FHS File Header|FT1 Financial Transaction
FTS File Trailer|GOL Goal Detail|GP1 Grouping/Reimbursement - Visit|GP2 Grouping/Reimbursement - Procedure
GT1 Guarantor|IAM Patient Adverse Reaction Information|IAR Allergy Reaction|IIM Inventory Item Master
IN1 Insurance|IN2 Insurance Additional Information|IN3 Insurance Additional Information, Certification
INV Inventory Detail|IPC Imaging Procedure Control|ISD Interaction Status Detail|LAN Language Detail
LCC Location Charge Code|LCH Location Characteristic|LDP Location Department|LOC Location Identification
LRL Location Relationship|MFA Master File Acknowledgment|MFE Master File Entry|MFI Master File Identification
MRG Merge Patient Information|MSA Message Acknowledgment|MSH Message Header|NCK System Clock
NDS Notification Detail|NK1 Next of Kin / Associated Parties|NPU Bed Status Update
NSC Application Status Change|NST Application Control Level Statistics|NTE Notes and Comments
OBR Observation Request|OBX Observation/Result|ODS Dietary Orders, Supplements and Preferences
ODT Diet Tray Instructions|OM1 General Segment|OM2 Numeric Observation|OM3 Categorical Service/Test/Observation
OM4 Observations that Require Specimens|OM5 Observation Batteries|OM6 Observations Calculated from Others
OM7 Additional Basic Attributes|ORC Common Order|ORG Practitioner Organization Unit|OVR Override
PCR Possible Causal Relationship|PD1 Patient Additional Demographic|PDA Patient Death and Autopsy
PDC Product Detail Country|PEO Product Experience Observation|PES Product Experience Sender
PID Patient Identification|PR1 Procedures|PRA Practitioner Detail|PRB Problem Details|PRC Pricing
PRD Provider Data|PRT Participation Information|PSH Product Summary Header|PTH Pathway|PV1 Patient Visit
PV2 Patient Visit - Additional Information|QAK Query Acknowledgment|QID Query Identification
QPD Query Parameter Definition|QRD Original Style Query Definition|QRF Original Style Query Filter
QRI Query Response Instance|RCP Response Control Parameter|RDF Table Row Definition|RDT Table Row Data
REL Clinical Relationship|RF1 Referral Information|RGS Resource Group|RMI Risk Management Incident|ROL Role
RQ1 Requisition Detail-1|RQD Requisition Detail|RXA Pharmacy/Treatment Administration
RXC Pharmacy/Treatment Component Order|RXD Pharmacy/Treatment Dispense|RXE Pharmacy/Treatment Encoded Order
RXG Pharmacy/Treatment Give|RXO Pharmacy/Treatment Order|RXR Pharmacy/Treatment Route
SAC Specimen Container Detail|SCH Scheduling Activity Information|SFT Software|SID Substance Identifier
SPM Specimen|SPR Stored Procedure Request Definition|STF Staff Identification|TCC Test Code Configuration
TCD Test Code Detail|TQ1 Timing/Quantity|TQ2 Timing/Quantity Relationship|TXA Transcription Document Header
UAC User Authentication Credential|UB1 UB82 Data|UB2 UB92 Data|URD Results/Update Definition
URS Unsolicited Selection|VAR Variance|VTQ Virtual Table Query Request
"""
SEGMENT_NAMES = {entry[:3]: entry[4:] for line in _SEGMENTS.strip().splitlines() for entry in line.split("|")}
