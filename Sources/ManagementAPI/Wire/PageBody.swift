import StatusPages

struct PageBody: Encodable {
    let id: String
    let name: String
    let description: String?
    let publicURL: String

    enum CodingKeys: String, CodingKey {
        case id, name, description
        case publicURL = "public_url"
    }

    init(_ page: StatusPage, serverURL: String) {
        id = page.id.description
        name = page.name
        description = page.description
        publicURL = page.publicURL(serverURL: serverURL)
    }
}

struct PageResult: Encodable {
    let page: PageBody

    enum CodingKeys: String, CodingKey { case page = "status_page" }
}

struct PageListResult: Encodable {
    let pages: [PageBody]
    let paginationMeta: PaginationMeta

    enum CodingKeys: String, CodingKey {
        case pages = "status_pages"
        case paginationMeta = "pagination_meta"
    }
}
