import Accounts
import HTTPServer
import Markup
import StatusPages

/// The invitations and reset links that still work, on the screen "Users".
struct OpenLinks {
    let visit: Visit
    /// All users: the makers of the links, and those whom reset links are for.
    let users: [User]
    let links: [AccountLink]

    var html: HTML {
        """
        <section><h2>Open links</h2>
        <p class="note">Anyone who has one of these links can use it once. A link that you revoke stops working at once.</p>
        <div class="table"><table class="stack">
        <thead><tr><th scope="col">For</th><th scope="col">Link</th><th scope="col">Role</th>\
        <th scope="col">Made by</th><th scope="col">Works until</th><th scope="col">Action</th></tr></thead>
        <tbody>\(links.map(row))</tbody>
        </table></div></section>

        """
    }

    private func row(of link: AccountLink) -> HTML {
        let (guest, kind, role) = facts(of: link)
        let maker = link.createdBy.map { user($0)?.name ?? "" } ?? AuditActor.Kind.commandLine.words
        let revoke = ActionForm.html(
            visit, "\(UserScreens.path)/links/\(link.name)/revoke", "Revoke",
            attributes: " aria-describedby=\"link-\(link.name)\"")
        return """
            <tr><td><span id="link-\(link.name)" dir="auto">\(guest)</span></td>\
            <td data-label="Link">\(kind)</td>\
            <td data-label="Role">\(role?.title ?? "")</td>\
            <td data-label="Made by"><span dir="auto">\(maker)</span></td>\
            <td data-label="Works until">\(visit.zone.time(link.expiresAt))</td>\
            <td>\(revoke)</td></tr>

            """
    }

    private func facts(of link: AccountLink) -> (guest: String, kind: String, role: User.Role?) {
        switch link.purpose {
        case .setup: ("", "Set-up link", .owner)
        case .invitation(let email, _, let role): (email, "Invitation", role)
        case .reset(let id): (user(id)?.name ?? "", "Reset link", user(id)?.role)
        }
    }

    private func user(_ id: ID<User>) -> User? { users.first { $0.id == id } }
}
