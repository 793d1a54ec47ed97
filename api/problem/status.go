package problem

import (
	"net/http"

	"countersign/collaboration"
)

// codesByStatus lists the domain's error codes by the HTTP status that answers them.
var codesByStatus = map[int][]collaboration.Code{
	http.StatusAccepted: {
		collaboration.CodeOutcomeUnknown,
	},
	http.StatusBadRequest: {
		collaboration.CodeMalformedRequest,
	},
	http.StatusUnauthorized: {
		collaboration.CodeUnauthenticated, collaboration.CodeTokenInvalid, collaboration.CodeTokenExpired,
		collaboration.CodeTokenRevoked, collaboration.CodeTokenAudience, collaboration.CodeLoginUnknown, collaboration.CodeLoginRefused,
		collaboration.CodeEmailNotVerified,
	},
	http.StatusForbidden: {
		collaboration.CodeForbidden, collaboration.CodeForgedForm, collaboration.CodeForgedEvent, collaboration.CodeSeparationOfDuties,
	},
	http.StatusNotFound: {
		collaboration.CodeNotFound, collaboration.CodeCustomerNotFound, collaboration.CodeSolutionNotFound,
		collaboration.CodeActivationNotFound, collaboration.CodeLinkInvalid, collaboration.CodeWebhookNotFound,
		collaboration.CodeBatchNotFound, collaboration.CodeTermsNotFound, collaboration.CodeEmployeeNotFound, collaboration.CodeLogoMissing, collaboration.CodeAPIKeyNotFound,
	},
	http.StatusMethodNotAllowed: {
		collaboration.CodeMethodNotAllowed,
	},
	http.StatusConflict: {
		collaboration.CodeActivationExists, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending,
		collaboration.CodeNotActive, collaboration.CodeTermsChanged, collaboration.CodeScenarioChanged,
		collaboration.CodeMainContactMissing, collaboration.CodeCustomerActive, collaboration.CodeTooManyWebhooks,
		collaboration.CodeNoNotice, collaboration.CodeLastManager, collaboration.CodeTaskInUse,
		collaboration.CodeAdministratorInvited, collaboration.CodeMainContactNeeded, collaboration.CodeCustomerArchived,
		collaboration.CodeTooManyAPIKeys, collaboration.CodeAddressNotCorrectable, collaboration.CodeChangeProposed,
		collaboration.CodeNoProposal, collaboration.CodeRenewalNotApproved, collaboration.CodeHandOnLimit,
	},
	http.StatusGone: {
		collaboration.CodeLinkExpired, collaboration.CodeLinkReplaced,
	},
	http.StatusPreconditionFailed: {
		collaboration.CodePreconditionFailed,
	},
	http.StatusRequestEntityTooLarge: {
		collaboration.CodeBodyTooLarge,
	},
	http.StatusUnsupportedMediaType: {
		collaboration.CodeUnsupportedMediaType,
	},
	http.StatusUnprocessableEntity: {
		collaboration.CodeInvalidRequest, collaboration.CodeIdempotencyKeyReused, collaboration.CodeTaskNotFound,
		collaboration.CodeTaskOfAnotherCustomer, collaboration.CodeTaskClosed, collaboration.CodeNoOpenTask,
		collaboration.CodeRequired, collaboration.CodeInvalidChoice, collaboration.CodeInvalidFormat,
		collaboration.CodeTooLong, collaboration.CodeUnknownField, collaboration.CodeNotApplicable,
		collaboration.CodeNotFirstOfMonth, collaboration.CodeInThePast, collaboration.CodeTooFarAhead,
		collaboration.CodeTermsNotAccepted, collaboration.CodeAdministratorMissing, collaboration.CodeDuplicate,
		collaboration.CodeInvalidCSV, collaboration.CodeFormula, collaboration.CodeMacros, collaboration.CodeAdministratorNotFound, collaboration.CodePrivateAddress,
		collaboration.CodeEmployeeAddress, collaboration.CodeTooManyTasks, collaboration.CodeAdministratorAddress,
		collaboration.CodeLogoTooLarge, collaboration.CodeLogoFormat, collaboration.CodeLogoDimensions, collaboration.CodeLogoDamaged,
	},
	http.StatusTooManyRequests: {
		collaboration.CodeRateLimited, collaboration.CodeMailRateLimited,
	},
	http.StatusInternalServerError: {
		collaboration.CodeInternal,
	},
	http.StatusBadGateway: {
		collaboration.CodeMailUnavailable, collaboration.CodeMailRejected, collaboration.CodeMailUnconfirmed,
		collaboration.CodeMailMisconfigured, collaboration.CodeWebhookUnreachable, collaboration.CodePlatformUnavailable,
		collaboration.CodePlatformRefused,
	},
	http.StatusServiceUnavailable: {
		collaboration.CodeUnavailable,
	},
}

var statuses = func() map[collaboration.Code]int {
	all := map[collaboration.Code]int{}
	for status, codes := range codesByStatus {
		for _, c := range codes {
			all[c] = status
		}
	}
	return all
}()

// Status returns the HTTP status that answers a code; 500 for an unknown code.
func Status(c collaboration.Code) int {
	if status, ok := statuses[c]; ok {
		return status
	}
	return http.StatusInternalServerError
}
