import Logging
import Storage

extension PageChanges {
    /// Tells what a configuration did to the site: a slug that was mistyped takes a page away from the public.
    func log(to logger: Logger) {
        for slug in addedPages { logger.info("page added", metadata: ["page": "\(slug)"]) }
        for page in archivedPages {
            logger.warning(
                "page archived: it is not in the configuration any more",
                metadata: [
                    "page": "\(page.slug)", "ongoing_incidents": .stringConvertible(page.ongoingIncidents),
                ])
        }
        for component in archivedComponents {
            logger.warning(
                "component archived: it is not in the configuration any more",
                metadata: [
                    "page": "\(component.pageSlug)", "component": "\(component.id)", "name": "\(component.name)",
                ])
        }
    }
}
