using System.Collections.Frozen;

namespace Loyalty.Functions.Contact;

/// <summary>What the pages say, in the languages of the shipped letters.</summary>
internal sealed record ContactWords
{
    public required string Unsubscribe { get; init; }
    public required string UnsubscribeAsk { get; init; }
    public required string Unsubscribed { get; init; }
    public required string Preferences { get; init; }
    public required string PreferencesAsk { get; init; }
    public required string Save { get; init; }
    public required string Saved { get; init; }

    /// <summary>Beside a topic that was asked for and not confirmed.</summary>
    public required string Pending { get; init; }

    /// <summary>A box that takes such a wish back.</summary>
    public required string Decline { get; init; }

    /// <summary>A button; the topics follow.</summary>
    public required string Confirm { get; init; }

    /// <summary>After saving, where something is to be confirmed from another address.</summary>
    public required string ConfirmThere { get; init; }
    public required string Feedback { get; init; }
    public required string Kind { get; init; }
    public required string Rating { get; init; }
    public required string Text { get; init; }
    public required string Send { get; init; }
    public required string Thanks { get; init; }

    /// <summary>By kind of feedback.</summary>
    public required FrozenDictionary<string, string> Kinds { get; init; }

    private static readonly ContactWords English = Make(
        "Unsubscribe", "Stop these messages?", "Done: you will not get these messages any more.", "Preferences", "Which messages do you want?", "Save", "Your choice is saved.",
        "Your opinion", "What is it?", "How likely are you to recommend us, 0 to 10?", "Your words", "Send", "Thank you. We have got it.",
        "A complaint", "A question", "Advice", "An idea", "A rating", "Why I did not buy",
        "We still wait for your confirmation: nothing is sent before it.", "I do not want this after all",
        "Yes, I confirm", "Some of it still waits for your confirmation: please look for our message there.");

    private static readonly ContactWords Russian = Make(
        "Отписаться", "Больше не присылать эти письма?", "Готово: эти письма больше не придут.", "Настройки", "Какие письма вы хотите получать?", "Сохранить", "Ваш выбор сохранён.",
        "Ваше мнение", "О чём вы?", "Насколько вероятно, что вы порекомендуете нас, от 0 до 10?", "Ваши слова", "Отправить", "Спасибо. Мы получили ваше сообщение.",
        "Жалоба", "Вопрос", "Совет", "Идея", "Оценка", "Почему я не купил",
        "Мы ещё ждём вашего подтверждения: без него ничего не придёт.", "Нет, этого я не хочу",
        "Да, подтверждаю", "Часть ещё ждёт вашего подтверждения: найдите, пожалуйста, наше сообщение там.");

    private static readonly ContactWords Ukrainian = Make(
        "Відписатися", "Більше не надсилати ці листи?", "Готово: ці листи більше не надходитимуть.", "Налаштування", "Які листи ви хочете отримувати?", "Зберегти", "Ваш вибір збережено.",
        "Ваша думка", "Про що ви?", "Наскільки ймовірно, що ви порекомендуєте нас, від 0 до 10?", "Ваші слова", "Надіслати", "Дякуємо. Ми отримали ваше повідомлення.",
        "Скарга", "Питання", "Порада", "Ідея", "Оцінка", "Чому я не купив",
        "Ми ще чекаємо на ваше підтвердження: без нього нічого не надійде.", "Ні, цього я не хочу",
        "Так, підтверджую", "Частина ще чекає на ваше підтвердження: знайдіть, будь ласка, наше повідомлення там.");

    private static readonly ContactWords Bulgarian = Make(
        "Отписване", "Да спрем ли тези съобщения?", "Готово: повече няма да получавате тези съобщения.", "Предпочитания", "Кои съобщения искате да получавате?", "Запазване", "Изборът ви е запазен.",
        "Вашето мнение", "За какво става дума?", "Колко вероятно е да ни препоръчате, от 0 до 10?", "Вашите думи", "Изпращане", "Благодарим. Получихме съобщението ви.",
        "Оплакване", "Въпрос", "Съвет", "Идея", "Оценка", "Защо не купих",
        "Още чакаме вашето потвърждение: без него нищо няма да изпратим.", "Не, това не го искам",
        "Да, потвърждавам", "Част от избора още чака потвърждение: моля, потърсете съобщението ни там.");

    /// <summary>The words of a BCP 47 locale; English where there are none.</summary>
    public static ContactWords Of(string locale) => locale.Split('-')[0] switch { "ru" => Russian, "uk" => Ukrainian, "bg" => Bulgarian, _ => English };

    private static ContactWords Make(params string[] words) => new()
    {
        Unsubscribe = words[0],
        UnsubscribeAsk = words[1],
        Unsubscribed = words[2],
        Preferences = words[3],
        PreferencesAsk = words[4],
        Save = words[5],
        Saved = words[6],
        Feedback = words[7],
        Kind = words[8],
        Rating = words[9],
        Text = words[10],
        Send = words[11],
        Thanks = words[12],
        Kinds = Loyalty.Engine.Contact.AnswersUseCase.Kinds.Select((kind, at) => KeyValuePair.Create(kind, words[13 + at])).ToFrozenDictionary(StringComparer.Ordinal),
        Pending = words[^4],
        Decline = words[^3],
        Confirm = words[^2],
        ConfirmThere = words[^1],
    };
}
