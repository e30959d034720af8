"""Chats and feedback forms: one leg each."""


def said(clock, sender, text=None, operator=None, *, waits=False):
    return {
        "sent_at": clock, "sender": sender, "text": text, "operator_id": operator,
        "sets_waiting": waits,
    }  # fmt: skip


def test_a_chat_is_answered_by_the_first_message_of_a_human(bench, at):
    bench.conform(
        "chats",
        [
            {
                "contact_id": "chats:7",
                "received_at": at("10:00:00"),
                "ended_at": at("10:10:00"),
                "closed_by": "citizen",
                "rating": 5.0,
                "email_key": "e1",
                "messages": [
                    said(at("10:00:00"), "citizen", "Не открывается форма"),
                    said(at("10:00:01"), "bot", "Здравствуйте, я робот"),
                    said(at("10:00:40"), "operator", "Какой у вас браузер?", "op3", waits=True),
                    said(at("10:02:00"), "citizen", "Обычный"),
                    said(at("10:03:00"), "operator", "Обновите его", "op4"),
                    said(at("10:03:30"), "citizen", "Спасибо"),
                ],
            }
        ],
    )
    assert bench.contact("channel", "line", "operator_id", "n_messages", "text", "outcome") == (
        "chat", "chat", "op4", 6, "Не открывается форма", "served",
    )  # fmt: skip
    assert bench.legs(
        "line", "queued_at", "answered_at", "left_at", "left_as", "operator_id", "talk_s"
    ) == [("chat", at("10:00:00"), at("10:00:40"), at("10:10:00"), "answered", "op3", 560.0)]
    assert bench.events("kind", "operator_id", "value") == [
        ("received", None, None),
        ("queued", None, None),
        ("message_in", None, "Не открывается форма"),
        ("answered", "op3", None),
        ("first_response", "op3", None),
        ("message_out", "op3", "Какой у вас браузер?"),
        ("waiting_for_citizen", "op3", None),
        ("message_in", None, "Обычный"),
        ("citizen_replied", None, None),
        ("message_out", "op4", "Обновите его"),
        ("message_in", None, "Спасибо"),
        ("ended", "op4", "citizen"),
        ("rated", None, "5.0"),
    ]
    assert bench.rows("select kind, key from new_identity") == [("email", "e1")]


def test_a_chat_with_a_bot_only_is_abandoned(bench, at):
    bench.conform(
        "chats",
        [
            {
                "contact_id": "chats:8",
                "received_at": at("10:00:00"),
                "ended_at": at("10:05:00"),
                "messages": [
                    said(at("10:00:00"), "citizen", "Помогите"),
                    said(at("10:00:01"), "bot", "Выберите тему"),
                    said(at("10:04:00"), "system", "Чат закрыт"),
                ],
            }
        ],
    )
    assert bench.legs("left_as", "left_at", "answered_at") == [("abandoned", at("10:05:00"), None)]
    assert [kind for (kind,) in bench.events("kind")] == [
        "received", "queued", "message_in", "abandoned", "ended",
    ]  # fmt: skip
    assert bench.contact("n_messages", "outcome", "operator_id") == (3, "abandoned", None)


def test_an_open_chat_waits_and_a_chat_without_messages_says_so(bench, at):
    bench.conform(
        "chats",
        [
            {"contact_id": "chats:1", "received_at": at("10:00:00"), "messages": []},
            {"contact_id": "chats:2", "received_at": at("10:00:00"), "messages": None},
            {
                "contact_id": "chats:3",
                "received_at": at("10:00:00"),
                "ended_at": at("10:09:00"),
                "closed_by": "operator",
            },
        ],
    )
    assert bench.legs("left_as", "answered_at") == [
        ("open", None),
        ("open", None),
        ("answered", None),
    ]
    assert bench.rows("select n_messages from new_contacts order by contact_id") == [
        (0,), (None,), (None,),
    ]  # fmt: skip


def test_a_chat_handed_over_is_transferred_when_the_second_operator_writes(bench, at):
    bench.conform(
        "chats",
        [
            {
                "contact_id": "chats:1",
                "received_at": at("10:00:00"),
                "transferred_to": "88005550101",
                "escalated_to": "video",
                "escalated_at": at("10:05:00"),
                "messages": [
                    said(at("10:01:00"), "operator", "Перевожу", "op1"),
                    said(at("10:02:00"), "operator", "Слушаю", "op2"),
                ],
            }
        ],
    )
    moved = bench.rows(
        "select kind, event_at, value from new_events where kind in ('transferred', 'escalated') "
        "order by seq"
    )
    assert moved == [
        ("transferred", at("10:02:00"), "signature"),
        ("escalated", at("10:05:00"), "video"),
    ]
    assert bench.contact("transferred_to", "escalated_to") == ("signature", "video")


def test_a_form_is_offered_when_received_and_never_abandoned(bench, at):
    form = {"contact_id": "feedback:1", "received_at": at("10:00:00"), "type": "complaint"}
    bench.conform(
        "feedback",
        [
            form | {"resolved_at": at("12:00:00")},
            form
            | {
                "contact_id": "feedback:2",
                "case_number": "Ж-2",
                "registered_at": at("10:00:01"),
                "assigned_at": at("10:01:00"),
                "operator_id": "op5",
                "answered_at": at("11:00:00"),
                "notified_at": at("11:00:05"),
                "notified_channel": "email",
                "due_at": at("23:00:00"),
                "n_reassigned": 1,
            },
        ],
    )
    assert bench.legs("contact_id", "line", "answered_at", "left_at", "left_as", "talk_s") == [
        ("feedback:1", "portal", None, None, "open", None),
        ("feedback:2", "portal", at("11:00:00"), at("11:00:00"), "answered", None),
    ]
    assert bench.events("contact_id", "kind", "operator_id", "value")[3:] == [
        ("feedback:2", "received", None, None),
        ("feedback:2", "queued", None, None),
        ("feedback:2", "registered", None, "Ж-2"),
        ("feedback:2", "assigned", "op5", None),
        ("feedback:2", "replied", "op5", None),
        ("feedback:2", "notified", None, "email"),
    ]
    assert bench.rows(
        "select channel, feedback_type, due_at, n_reassigned, outcome from new_contacts "
        "where contact_id = 'feedback:2'"
    ) == [("portal", "complaint", at("23:00:00"), 1, "served")]
