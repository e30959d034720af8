"""Words of reconciliation: what was found, and how it is known."""

from dashboard.i18n import N_, _

FINDINGS = {
    "not_in_journal": N_("Контакты, которых нет в журнале обращений"),
    "not_in_logs": N_("Записи журнала обращений, которых нет в журналах каналов"),
    "not_in_telephony": N_("Звонки АТС в очередь, которых нет в журнале очередей"),
    "not_in_cdr": N_("Звонки журнала очередей, которых нет в записях АТС (CDR)"),
    "forms_disagree": N_("Файл журнала очередей и его таблица в базе расходятся"),
    "transfer_without_event": N_("Перевод без записи: чужой разговор засчитан оператору"),
    "connect_without_complete": N_("Ответ оператора без конца разговора"),
    "entry_without_end": N_("Вход в очередь без исхода"),
    "entry_lost": N_("Вход в очередь потерян, есть только следы"),
    "answer_lost": N_("Ответ оператора потерян, доказан концом разговора"),
    "answered_as_abandoned": N_("Отвеченный звонок записан потерянным"),
    "impossible_times": N_("Невозможные времена ожидания или разговора"),
    "times_contradict": N_("Длительность разговора противоречит отметкам"),
    "doubled_calls": N_("Один звонок записан дважды"),
    "all": N_("Всё вместе"),
}
EVIDENCE = {
    "no_entry": N_("записи нет"),
    "no_contact": N_("контакта нет"),
    "no_record": N_("записи АТС нет"),
    "table_only": N_("строки только в таблице"),
    "text_only": N_("строки только в файле"),
    "rows_differ": N_("число строк различается"),
    "times_differ": N_("времена различаются"),
    "operator_busy": N_("оператор тем временем ответил другому"),
    "call_records": N_("так говорят записи АТС"),
    "long_talk": N_("разговор слишком долгий"),
    "operator_next_call": N_("оператор уже ответил следующему"),
    "long_ago": N_("слишком давно"),
    "answer_only": N_("известен только ответ"),
    "exit_only": N_("известен только уход"),
    "proved": N_("доказано другой строкой"),
    "later_answer": N_("ответ записан после потери"),
    "long_wait": N_("ожидание слишком долгое"),
    "two_lines": N_("две строки говорят разное"),
    "same_id": N_("тот же номер звонка в другом журнале"),
    "same_caller": N_("тот же абонент в ту же секунду"),
}


def finding(name: str) -> str:
    """Return what was found."""
    return _(FINDINGS[name])


def evidence(name: str) -> str:
    """Return how it is known."""
    return _(EVIDENCE[name])
