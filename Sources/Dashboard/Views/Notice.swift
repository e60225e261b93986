/// The message above a screen after a form did its work. The address of the screen names it, so it needs no state.
enum Notice: String, CaseIterable {
    case saved, created, deleted, published, scheduled, archived, restored, sent, discarded
    case draftSaved = "draft_saved"
    case loggedOut = "logged_out"
    case passwordChanged = "password_changed"
    case secondFactorRequired = "second_factor_required"
    case secondFactorOff = "second_factor_off"
    case sessionEnded = "session_ended"
    case sessionsEnded = "sessions_ended"
    case stopped
    case imported
    case revoked
    case testMailSent = "test_mail_sent"
    case retried
    case erased
    case paused, resumed
    case asked
    case reactivated
    case passwordSet = "password_set"
    case linkSent = "link_sent"
    case linkRevoked = "link_revoked"
    case logInEnded = "log_in_ended"
    case twoFactorReset = "two_factor_reset"
    case disabled, enabled
    case testOrdered = "test_ordered"

    /// A sentence.
    var text: String {
        switch self {
        case .saved: "Saved."
        case .created: "Created."
        case .deleted: "Deleted."
        case .published: "Published. The page shows it now."
        case .scheduled: "Scheduled. The page shows it now."
        case .archived: "Archived."
        case .restored: "Restored."
        case .sent: "Sent."
        case .discarded: "Discarded."
        case .draftSaved: "The draft is saved."
        case .loggedOut: "You are logged out."
        case .passwordChanged: "The password is changed. All other sessions have ended."
        case .secondFactorRequired: "This server requires a second factor. Set one up to continue."
        case .secondFactorOff: "The second factor is off."
        case .sessionEnded: "The session has ended."
        case .sessionsEnded: "The sessions have ended."
        case .stopped: "Stopped: nobody is notified."
        case .imported: "Imported."
        case .revoked: "The key no longer works."
        case .testMailSent: "The relay accepted the email."
        case .retried: "The retry starts in a moment."
        case .erased: "Erased, with everything that was sent to the address."
        case .paused: "Sending of updates is paused on all pages."
        case .resumed: "Sending of updates has resumed on all pages."
        case .asked: "A confirmation email is on its way."
        case .reactivated: "Reactivated."
        case .passwordSet: "The password is set. Log in with it."
        case .linkSent: "If a user has this address, an email with a link is on its way. The link works for one hour."
        case .linkRevoked: "The link no longer works."
        case .logInEnded: "The log-in took too long, or too many codes were wrong. Log in again."
        case .twoFactorReset: "The second factor is off. The user can set up another one."
        case .disabled: "The user is disabled, and all sessions of the user have ended."
        case .enabled: "The user can log in again."
        case .testOrdered: "A test message is on its way."
        }
    }
}
