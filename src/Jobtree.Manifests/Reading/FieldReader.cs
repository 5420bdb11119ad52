using System.Globalization;
using Jobtree.Manifests.Tree;

namespace Jobtree.Manifests.Reading;

/// <summary>
/// Reads the fields of one object by name and remembers the requested names, so that <see cref="Finish"/> can report
/// the other fields. An invalid field is logged and read as a default, so that one pass finds all errors. A caller that
/// logged any error discards the result.
/// </summary>
internal sealed class FieldReader
{
    private readonly ManifestValue value;
    private readonly ErrorLog errors;
    private readonly FieldReader? parent;
    private readonly string name;
    private readonly int index;
    private readonly List<string> known = new(12);
    private readonly List<string> ignored = [];
    private readonly int errorsBefore;
    private int found;
    private bool ignoresOthers;

    private FieldReader(ManifestValue value, ErrorLog errors, FieldReader? parent, string name, int index = -1)
    {
        this.value = value;
        this.errors = errors;
        this.parent = parent;
        this.name = name;
        this.index = index;
        errorsBefore = errors.Count;
    }

    /// <summary>
    /// Whether this object has had no error so far; only then is it useful to check fields against each other. Once the
    /// log of errors is full, lists are not read to their end, so nothing is sound.
    /// </summary>
    public bool IsSound => errors.Count == errorsBefore && !errors.IsFull;

    /// <summary>Creates a reader for a whole document.</summary>
    /// <param name="document">An object.</param>
    /// <param name="errors">Where to report.</param>
    /// <param name="prefix">The path of the document in its list; empty if it is not in a list.</param>
    public static FieldReader Of(ManifestValue document, ErrorLog errors, string prefix = "") =>
        new(document, errors, null, prefix);

    public T Required<T>(string field, Form<T> form)
    {
        if (Take(field) is { } given)
            return Read(field, given, form);
        Missing(field, form.Allowed);
        return default!;
    }

    public string? Optional(string field, Form<string> form) =>
        Take(field) is { } given ? Read(field, given, form) : null;

    public T? OptionalValue<T>(string field, Form<T> form)
        where T : struct => Take(field) is { } given ? Read(field, given, form) : null;

    public T Or<T>(string field, Form<T> form, T absent) =>
        Take(field) is { } given ? Read(field, given, form) : absent;

    public T Section<T>(string field, Func<FieldReader, T> read)
    {
        if (Take(field) is { } given)
            return ReadSection(field, given, -1, read);
        Missing(field, "a mapping");
        return read(Muted());
    }

    public T? OptionalSection<T>(string field, Func<FieldReader, T> read)
        where T : class => Take(field) is { } given ? ReadSection(field, given, -1, read) : null;

    public IReadOnlyList<T> Sections<T>(string field, int most, Func<FieldReader, T> read)
    {
        var items = TakeItems(field, most);
        var sections = items.Length == 0 ? [] : new T[items.Length];
        for (var i = 0; i < items.Length && !errors.IsFull; i++)
            sections[i] = ReadSection(field, items[i], i, read);
        return sections;
    }

    public IReadOnlyList<T> List<T>(string field, int most, Form<T> form) => List(field, most, form, form);

    /// <summary>Reads a list whose first item has its own form.</summary>
    public IReadOnlyList<T> List<T>(string field, int most, Form<T> first, Form<T> others)
    {
        var items = TakeItems(field, most);
        var list = items.Length == 0 ? [] : new T[items.Length];
        for (var i = 0; i < items.Length && !errors.IsFull; i++)
        {
            var form = i == 0 ? first : others;
            if (!form.TryRead(items[i], out list[i]))
                errors.Add(items[i].Mark, PathOf(field, i), form.Refusal(items[i]));
        }
        return list;
    }

    /// <summary>Reads a list of texts without duplicates.</summary>
    public IReadOnlyList<string> Set(string field, int most, Form<string> form, int least = 0)
    {
        var list = List(field, most, form);
        if (!IsSound)
            return list;
        if (list.Count < least)
            Fail(field, $"must hold at least {least} item{(least == 1 ? "" : "s")}");
        var seen = new HashSet<string>(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            if (!seen.Add(list[i]))
                errors.Add(value.Find(field)!.Items[i].Mark, PathOf(field, i),
                    $"lists {TextRules.Quote(list[i])} a second time; list it once");
        }
        return list;
    }

    public IReadOnlyDictionary<string, string>? OptionalMap(
        string field, int most, Form<string> key, Form<string> item) =>
        OptionalMap<object>(field, most, key, item, null).Texts;

    /// <summary>Reads a map whose entries are texts, or mappings if there is a reader for them.</summary>
    public (IReadOnlyDictionary<string, string>? Texts, IReadOnlyDictionary<string, T>? Sections) OptionalMap<T>(
        string field, int most, Form<string> key, Form<string> item, Func<FieldReader, T>? read)
    {
        if (Take(field) is not { } given || !IsKind(given, ValueKind.Object, field, -1))
            return (null, null);
        var fields = given.Fields;
        if (fields.Length > most)
        {
            errors.Add(given.Mark, PathOf(field), $"must hold at most {most} entries, not {fields.Length}");
            return (null, null);
        }
        var map = new Dictionary<string, string>(fields.Length, StringComparer.Ordinal);
        Dictionary<string, T>? sections = null;
        foreach (ref readonly var entry in fields)
        {
            if (!key.TryRead(ManifestValue.Scalar(ValueKind.Text, entry.Mark, entry.Name), out var label))
                errors.Add(entry.Mark, PathOf(field), $"{TextRules.Quote(entry.Name)} is not {key.Allowed}");
            else if (read is not null && entry.Value.Kind == ValueKind.Object)
                (sections ??= []).Add(label, ReadSection($"{field}.{label}", entry.Value, -1, read));
            else if (!item.TryRead(entry.Value, out var text))
                errors.Add(entry.Value.Mark, $"{PathOf(field)}.{label}", item.Refusal(entry.Value));
            else
                map.Add(label, text);
        }
        return (map.Count == 0 && sections is not null ? null : map, sections);
    }

    /// <summary>Reads a selector of labels. A label with any value asks for nothing, and neither does an empty
    /// selector.</summary>
    public IReadOnlyDictionary<string, string>? Selector(string field, int most)
    {
        if (OptionalMap(field, most, Forms.LabelKey, Forms.LabelValueOrAny) is not { } labels)
            return null;
        var asked = labels.Where(label => label.Value != Forms.AnyValue).ToDictionary(StringComparer.Ordinal);
        return asked.Count == 0 ? null : asked;
    }

    /// <summary>Whether a field is present and not null.</summary>
    public bool Has(string field) => value.Find(field) is not null;

    /// <summary>Whether a field is present and a list.</summary>
    public bool HasList(string field) => value.Find(field) is { Kind: ValueKind.List };

    /// <summary>Skips fields whatever they contain, and does not suggest them in messages.</summary>
    public void Ignore(params ReadOnlySpan<string> fields)
    {
        if (found < value.Fields.Length)
            ignored.AddRange(fields);
    }

    /// <summary>Skips all fields that are not requested.</summary>
    public void IgnoreOthers() => ignoresOthers = true;

    /// <summary>Checks one field against others. It reports nothing while one of them is itself invalid.</summary>
    public void Check(bool holds, string field, string message)
    {
        if (!holds && IsSound)
            Fail(field, message);
    }

    /// <summary>Reports a field as invalid.</summary>
    public void Fail(string field, string message)
    {
        var place = value;
        foreach (var part in field.Split('.'))
            place = place.Find(part) ?? place;
        errors.Add(place.Mark, PathOf(field), message);
    }

    /// <summary>Reports a field of one list item as invalid.</summary>
    public void FailItem(string field, int item, string inside, string message)
    {
        var section = value.Find(field)!.Items[item];
        errors.Add((section.Find(inside) ?? section).Mark, $"{PathOf(field, item)}.{inside}", message);
    }

    /// <summary>Reports the fields that were not requested.</summary>
    public void Finish()
    {
        if (ignoresOthers || found == value.Fields.Length)
            return;
        foreach (ref readonly var field in value.Fields)
        {
            // Guessing the intended name is too costly to do for every field of a hostile object.
            if (errors.IsFull)
                return;
            if (!known.Contains(field.Name) && !ignored.Contains(field.Name))
                errors.Add(field.Mark, PathOf(TextRules.Show(field.Name)),
                    $"is not a field here;{Suggestion(field.Name)}");
        }
    }

    private string Suggestion(string wrong)
    {
        var question = Nearest.To(wrong, known) is { } meant ? $" did you mean '{meant}'?" : "";
        return $"{question} allowed: {string.Join(", ", known)}";
    }

    private FieldReader Muted() => new(ManifestValue.Nothing, new ErrorLog(null, 0), this, "");

    private ManifestValue? Take(string field)
    {
        known.Add(field);
        foreach (ref readonly var candidate in value.Fields)
        {
            if (candidate.Name != field)
                continue;
            found++;
            return candidate.Value.Kind == ValueKind.Null ? null : candidate.Value;
        }
        return null;
    }

    private ReadOnlySpan<ManifestValue> TakeItems(string field, int most)
    {
        if (Take(field) is not { } given || !IsKind(given, ValueKind.List, field, -1))
            return [];
        if (given.Items.Length <= most)
            return given.Items;
        errors.Add(given.Mark, PathOf(field), $"must hold at most {most} items, not {given.Items.Length}");
        return [];
    }

    private T Read<T>(string field, ManifestValue given, Form<T> form)
    {
        if (!form.TryRead(given, out var result))
            errors.Add(given.Mark, PathOf(field), form.Refusal(given));
        return result;
    }

    private T ReadSection<T>(string field, ManifestValue given, int at, Func<FieldReader, T> read)
    {
        if (!IsKind(given, ValueKind.Object, field, at))
            return read(Muted());
        var section = new FieldReader(given, errors, this, field, at);
        var result = read(section);
        section.Finish();
        return result;
    }

    private bool IsKind(ManifestValue given, ValueKind kind, string field, int at)
    {
        if (given.Kind == kind)
            return true;
        var (expected, other) = kind == ValueKind.List ? ("a list", "a mapping") : ("a mapping", "a list");
        errors.Add(given.Mark, PathOf(field, at),
            $"must be {expected}, not {(given.Kind is ValueKind.List or ValueKind.Object ? other : "a single value")}");
        return false;
    }

    private void Missing(string field, string allowed) =>
        errors.Add(value.Mark, PathOf(field), $"is required: {allowed}");

    private string PathOf(string field, int at = -1)
    {
        var path = PathOf();
        var item = at < 0 ? field : string.Create(CultureInfo.InvariantCulture, $"{field}[{at}]");
        return path.Length == 0 ? item : $"{path}.{item}";
    }

    private string PathOf() => parent is null ? name : parent.PathOf(name, index);
}
