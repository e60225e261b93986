public import StatusPages

/// Why a use case of users is refused.
public enum UserRefusal: Error, Equatable, CustomStringConvertible {
    /// The change would leave no owner who can log in.
    case lastOwner
    /// Users cannot change their own role.
    case ownRole
    case emailTaken
    case emailInvalid
    /// - Parameter problem: a sentence for the user.
    case nameInvalid(_ problem: String)
    case timeZoneInvalid
    /// The link is unknown, was used or has expired, or its purpose is gone. The error does not reveal which.
    case linkInvalid
    /// There are users already, so nobody can set up the first one.
    case alreadySetUp
    /// The user was disabled.
    case disabled
    /// There is no such user.
    case unknown
    /// The user's role does not permit this.
    case missingRole(APIKey.Role)
    /// The code or recovery code is wrong, or was used before.
    case codeInvalid
    /// The session has ended.
    case sessionEnded
    /// The password or the second factor was changed after somebody entered the old one.
    case proofOutdated
    case twoFactorIsOn
    case twoFactorIsOff

    /// A sentence for people.
    public var description: String {
        switch self {
        case .lastOwner: "This is the last owner who can log in. Make another user an owner first."
        case .ownRole: "You cannot change your own role. Another owner can."
        case .emailTaken: "A user with this email address exists already."
        case .emailInvalid: "The email address is invalid."
        case .nameInvalid(let problem): problem
        case .timeZoneInvalid: "The time zone must be a name such as Europe/Berlin."
        case .linkInvalid: "The link is invalid, was used before, or has expired."
        case .alreadySetUp: "There are users already. Ask an owner for an invitation."
        case .disabled: "The user is disabled."
        case .unknown: "There is no such user."
        case .missingRole(let role): "The user's role does not include \(role.rawValue)."
        case .codeInvalid: "The code is wrong, or was used before."
        case .sessionEnded: "The session has ended. Log in again."
        case .proofOutdated: "The password or the second factor was changed just now. Log in again."
        case .twoFactorIsOn: "The second factor is on already."
        case .twoFactorIsOff: "The second factor is off."
        }
    }
}
