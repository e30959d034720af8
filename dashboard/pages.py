"""The pages: id, file, address, the short menu name and the professional heading of each."""

from dataclasses import dataclass

from dashboard.i18n import N_, _


@dataclass(frozen=True)
class Page:
    """One page; `id` is what roles name, the address, and the file's name in app_pages/."""

    id: str
    menu_message: str
    heading_message: str
    is_headed: bool = False  # by itself: what it is called depends on what is chosen there

    @property
    def menu(self) -> str:
        """Short name, for the menu."""
        return _(self.menu_message)

    @property
    def heading(self) -> str:
        """Heading, for the page itself."""
        return _(self.heading_message)

    @property
    def file(self) -> str:
        """Path of the page's script from dashboard/."""
        return f"app_pages/{self.id}.py"


MISSING = "missing"  # the address a browser is sent to from one that is of no page
HOME = "home"  # goes on to the first page of the role

PAGES: dict[str, Page] = {
    page.id: page
    for page in (
        Page("now", N_("Сейчас"), N_("Оперативная обстановка")),
        Page("incident", N_("Сбои"), N_("Массовые сбои и журнал смены")),
        Page(
            "promises",
            N_("Обещания"),
            N_("Обязательства перед гражданами: норматив и факт"),
        ),
        Page("problems", N_("Проблемы"), N_("Тематики и повторяющиеся проблемы")),
        Page("operators", N_("Операторы"), N_("Качество работы операторов")),
        Page("reviews", N_("Проверки"), N_("Проверка контактов по оценочному листу")),
        Page("week", N_("Неделя"), N_("Сводка за неделю"), is_headed=True),
        Page("quality", N_("Данные"), N_("Качество данных")),
        Page("contact", N_("Обращение"), N_("Карточка обращения")),
    )
}
