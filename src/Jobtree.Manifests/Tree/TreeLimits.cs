namespace Jobtree.Manifests.Tree;

/// <summary>Enforces the limits of a tree while it is built, and refuses fields that are given twice.</summary>
internal sealed class TreeLimits(ManifestReaderOptions options, ErrorLog errors)
{
    // Up to so many fields a search is cheaper than a set of names.
    private const int FieldsSearched = 16;

    private int values;

    /// <summary>Counts one value.</summary>
    /// <param name="depth">How many lists and objects are around it and open, itself included.</param>
    /// <param name="mark">Where it stands.</param>
    /// <returns>Whether it is within the limits; if not, the error is logged.</returns>
    public bool Admits(int depth, Mark mark)
    {
        if (++values > options.ValuesMax)
            errors.Add(mark, "", $"the text holds more than {options.ValuesMax} values; split it");
        else if (depth > options.DepthMax)
            errors.Add(mark, "", $"is nested deeper than {options.DepthMax} levels");
        else
            return true;
        return false;
    }

    /// <summary>Checks a scalar or a field's name for characters that are refused.</summary>
    public bool AdmitsText(string text, Mark mark)
    {
        if (TextRules.Fault(text) is not { } fault)
            return true;
        errors.Add(mark, "", $"a text {fault}");
        return false;
    }

    /// <summary>Whether a field's name is new in its object.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mark">Where it stands.</param>
    /// <param name="fields">The fields before it.</param>
    /// <param name="names">A set of their names, made once the fields are many.</param>
    public bool AdmitsName(string name, Mark mark, List<ManifestField> fields, ref HashSet<string>? names)
    {
        if (fields.Count == FieldsSearched)
            names ??= fields.Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        if (names is null ? !Named(fields, name) : names.Add(name))
            return true;
        var first = fields.Find(field => field.Name == name).Mark.Line;
        errors.Add(mark, "", $"field {TextRules.Quote(name)} is given twice, first in line {first}; keep one");
        return false;
    }

    private static bool Named(List<ManifestField> fields, string name)
    {
        foreach (var field in fields)
        {
            if (field.Name == name)
                return true;
        }
        return false;
    }
}
