"""Who stands beside a container."""

from sutaztop.domain.neighbours import MOST, neighbours_of
from tests.given import container

DEPENDS = "com.docker.compose.depends_on"


def test_those_it_depends_on_come_first_then_those_that_depend_on_it_then_its_networks() -> None:
    web = container(
        "web", project="shop", service="web", networks=("shop_net",), labels={DEPENDS: "db:service_healthy:true"}
    )
    db = container("db", project="shop", service="db")
    proxy = container("proxy", project="shop", service="proxy", labels={DEPENDS: "web:service_started:false"})
    cache = container("a-cache", project="shop", service="cache", networks=("shop_net",))
    found, more = neighbours_of(web, [cache, proxy, web, db])
    assert ([it.name for it in found], more) == (["db", "proxy", "a-cache"], 0)


def test_other_projects_and_replicas_of_its_own_are_no_neighbours() -> None:
    web = container("web-1", project="shop", service="web", networks=("net",))
    twin = container("web-2", project="shop", service="web", networks=("net",))
    stranger = container("db", project="other", service="db", networks=("net",))
    assert neighbours_of(web, [web, twin, stranger]) == ([], 0)


def test_a_plain_container_has_none_and_the_shared_bridge_makes_none() -> None:
    plain = container("one", project="", networks=("bridge",))
    assert neighbours_of(plain, [plain, container("two", project="", networks=("bridge",))]) == ([], 0)
    web = container("web", project="shop", service="web", networks=("bridge",))
    assert neighbours_of(web, [container("db", project="shop", service="db", networks=("bridge",))]) == ([], 0)


def test_there_are_never_more_than_a_few_and_the_others_are_counted() -> None:
    web = container("web", project="shop", service="web", networks=("net",))
    many = [container(f"s{n:02}", project="shop", service=f"s{n:02}", networks=("net",)) for n in range(30)]
    found, more = neighbours_of(web, [web, *many])
    assert (len(found), more) == (MOST, 30 - MOST)
