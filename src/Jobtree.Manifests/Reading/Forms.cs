using System.Globalization;
using DurationText = Jobtree.Core.Json.Duration;
using Jobtree.Core.Json;
using Jobtree.Manifests.Tree;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>The forms of the scalars in manifests.</summary>
internal static class Forms
{
    /// <summary>More GPUs than any fleet has; keeps sums of widths far from overflow.</summary>
    public const int GpusMax = 1_000_000;

    /// <summary>The value of a selector's label that every value matches.</summary>
    public const string AnyValue = "*";

    private const int FreeTextMax = 32 * 1024;

    // Longer durations would push instants past the end of the calendar.
    private static readonly TimeSpan DurationMax = TimeSpan.FromDays(3650);

    public static readonly Form<int> Gpus = Whole(1, GpusMax);
    public static readonly Form<int> GpusOrNone = Whole(0, GpusMax);
    public static readonly Form<int> Index = Whole(0, GpusMax);
    public static readonly Form<long> Count = new(ValueKind.Number, "a whole number from 0 to 10^15", TryCount);
    public static readonly Form<long> LeaseId = new(ValueKind.Number, "a whole number from 0 up", TryLeaseId);

    public static readonly Form<double> Amount = new(ValueKind.Number, "a number from 0 up", TryAmount);
    public static readonly Form<double> Finite = new(ValueKind.Number, "a finite number", TryFinite);
    public static readonly Form<bool> Flag = new(ValueKind.Flag, "true or false", TryFlag);

    public static readonly Form<string> Name = Text(
        "a name of lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit, "
        + "at most 253 long", Names.IsName);
    public static readonly Form<string> NamePrefix = Text(
        "the beginning of a name: lower-case letters, digits, '-' and '.', beginning with a letter or digit, "
        + "at most 200 long", Names.IsNamePrefix);
    public static readonly Form<string> Namespace = Text(
        "a name of lower-case letters, digits and '-', beginning and ending with a letter or digit, at most 63 long",
        Names.IsNamespace);
    public static readonly Form<string> Owner = Text(
        "an owner such as org:ai:rai (letters, digits, '.', '_' and '-' in parts joined by ':', at most 256 long)",
        Names.IsOwner);
    public static readonly Form<string> OwnerPattern = Text(
        "an owner such as org:ai:rai, in which '*' stands for any text, at most 256 long", Names.IsOwnerPattern);
    public static readonly Form<string> Flavor = Text(
        "a flavor such as H100-80GB (letters, digits, '.', '_' and '-', beginning with a letter or digit, "
        + "at most 63 long)", Names.IsFlavor);
    public static readonly Form<string> LabelKey = Text(
        "a label's name such as region or example.org/team (letters, digits, '.', '_', '-' and '/', at most 317 long)",
        Names.IsLabelKey);
    public static readonly Form<string> LabelValue = Text(
        "a label's value (letters, digits, '.', '_' and '-', beginning and ending with a letter or digit, "
        + "at most 63 long, or empty)", Names.IsLabelValue);
    public static readonly Form<string> LabelValueOrAny = Text(
        "a label's value (letters, digits, '.', '_' and '-', beginning and ending with a letter or digit, "
        + "at most 63 long, or empty), or '*' for any", text => text == AnyValue || Names.IsLabelValue(text));
    public static readonly Form<string> Variable = Text(
        "a variable's name (letters, digits and '_', not beginning with a digit, at most 256 long)", Names.IsVariable);
    // Somebody may write the secret itself where its name belongs, so it is not repeated.
    public static readonly Form<string> SecretName = new(ValueKind.Text,
        "a secret's name (letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 253 long)",
        static (string text, out string value) => Names.IsSecret(value = text), secret: true);
    public static readonly Form<string> SecretFile = new(ValueKind.Text,
        "a path among the secrets: names of letters, digits, '.', '_' and '-' joined by '/', at most 1024 long",
        static (string text, out string value) =>
            (value = text).Length <= 1024 && text.Split('/').All(Names.IsSecret), secret: true);
    public static readonly Form<string> Image = Text(
        "an image such as registry.example/train:1.2, without blanks, at most 1024 long", Names.IsImage);
    public static readonly Form<string> Line = Text("a text of one line, at most 4096 long", Names.IsLine);
    public static readonly Form<string> Word = Text("a word of letters and digits, at most 128 long", Names.IsWord);
    public static readonly Form<string> Seed = Text("a seed in hexadecimal, at most 128 long", Names.IsSeed);
    public static readonly Form<string> Link = Text(
        "a link of a hash chain: 64 hexadecimal digits", Names.IsLink);
    public static readonly Form<string> Anything = Text("a text", _ => true);
    public static readonly Form<string> Program = new(
        ValueKind.Text, "the program to run, at most 32768 characters and not empty", TryProgram, secret: true);
    public static readonly Form<string> Free = new(
        ValueKind.Text, "a text of at most 32768 characters", TryFree, secret: true);

    public static readonly Form<DateTimeOffset> Time = new(ValueKind.Text, Timestamp.Allowed, Timestamp.TryParse);
    public static readonly Form<TimeSpan> Duration = new(
        ValueKind.Text, $"{DurationText.Allowed}, longer than 0 and at most 10 years", TryDuration);
    public static readonly Form<TimeSpan> DurationOrNone = new(
        ValueKind.Text, Duration.Allowed, (string text, out TimeSpan value) =>
            (text == "0s" && (value = TimeSpan.Zero) == TimeSpan.Zero) || TryDuration(text, out value));
    public static readonly Form<TimeSpan> Span = new(
        ValueKind.Text, $"{DurationText.Allowed}, or 0s", TrySpan);
    public static readonly Form<NodeSlots> Slots = new(
        ValueKind.Text, "slots of a node such as n1#0-3,6 (ordinals 0 to 63)", TrySlots);
    public static readonly Form<NodeSlots> SlotsOrNode = new(ValueKind.Text,
        "slots of a node such as n1#0-3,6 (ordinals 0 to 63), or a node's name for all its slots", TrySlotsOrNode);
    public static readonly Form<EnvelopeKey> Payer = new(
        ValueKind.Text, "[namespace/]budget/envelope, or the name of an envelope", TryPayer);

    /// <summary>A whole number between two bounds.</summary>
    public static Form<int> Whole(int least, int most) =>
        new(ValueKind.Number, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
            (string text, out int value) => TryDigits(text, out value) && value >= least && value <= most);

    /// <summary>A word from a table.</summary>
    public static Form<TEnum> OneOf<TEnum>(Words<TEnum> words)
        where TEnum : struct, Enum =>
        new(ValueKind.Text, words.Allowed, words.TryParse);

    /// <summary>A run of a namespace, given in full or by its bare name.</summary>
    public static Form<RunKey> RunOf(string home) =>
        new(ValueKind.Text, "a run such as namespace/name", (string text, out RunKey key) =>
            TryRun(text, home, out key));

    private static Form<string> Text(string allowed, Func<string, bool> holds) =>
        new(ValueKind.Text, allowed, (string text, out string value) => holds(value = text));

    // Leading zeros mean octal to some YAML readers and nothing to others, so they are refused.
    private static bool TryDigits(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && (text[0] != '0' || text.Length == 1);

    private static bool TryLeaseId(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && (text[0] != '0' || text.Length == 1);

    private static bool TryCount(string text, out long value) =>
        TryLeaseId(text, out value) && value <= 1_000_000_000_000_000;

    private static bool TryAmount(string text, out double value) => TryFinite(text, out value) && value >= 0;

    private static bool TryFinite(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool TryFlag(string text, out bool value) => bool.TryParse(text, out value);

    private static bool TryProgram(string text, out string value) => TryFree(text, out value) && text.Length > 0;

    private static bool TryFree(string text, out string value) => (value = text).Length <= FreeTextMax;

    private static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        return text.Length <= 64 && DurationText.TryParse(text, out value) && value > TimeSpan.Zero
            && value <= DurationMax;
    }

    private static bool TrySpan(string text, out TimeSpan value)
    {
        value = default;
        return text.Length <= 64 && DurationText.TryParse(text, out value);
    }

    private static bool TrySlots(string text, out NodeSlots slots)
    {
        slots = default;
        return text.Length <= 512 && NodeSlots.TryParse(text, out slots) && Names.IsName(slots.Node);
    }

    private static bool TrySlotsOrNode(string text, out NodeSlots slots)
    {
        if (!Names.IsName(text))
            return TrySlots(text, out slots);
        slots = new NodeSlots(text, ulong.MaxValue);
        return true;
    }

    private static bool TryPayer(string text, out EnvelopeKey key)
    {
        var slash = text.LastIndexOf('/');
        key = new EnvelopeKey(slash < 0 ? "" : text[..slash], text[(slash + 1)..]);
        return (slash < 0 || IsBudget(key.Budget)) && Names.IsName(key.Envelope);
    }

    private static bool IsBudget(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? Names.IsName(key) : Names.IsNamespace(key[..slash]) && Names.IsName(key[(slash + 1)..]);
    }

    private static bool TryRun(string text, string home, out RunKey key)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        key = new RunKey(slash < 0 ? home : text[..slash], text[(slash + 1)..]);
        return Names.IsNamespace(key.Namespace) && Names.IsName(key.Name);
    }
}
