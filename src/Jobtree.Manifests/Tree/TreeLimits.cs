namespace Jobtree.Manifests.Tree;

/// <summary>Enforces the limits of a tree while it is built, and refuses duplicate fields.</summary>
internal sealed class TreeLimits(ManifestReaderOptions options, ErrorLog errors)
{
    // Up to this many fields, a linear search is cheaper than a set of names.
    private const int FieldsSearched = 16;

    private int values;

    /// <summary>Counts one value.</summary>
    /// <param name="depth">The nesting depth of the value, including itself if it is a list or an object.</param>
    /// <param name="mark">The value's place.</param>
    /// <returns>Whether the value is within the limits; if not, the error is logged.</returns>
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

    /// <summary>Checks a scalar or a field name for refused characters.</summary>
    public bool AdmitsText(string text, Mark mark)
    {
        if (TextRules.Fault(text) is not { } fault)
            return true;
        errors.Add(mark, "", $"a text {fault}");
        return false;
    }

    /// <summary>Whether a field name is new in its object.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mark">The name's place.</param>
    /// <param name="fields">The preceding fields.</param>
    /// <param name="names">The set of their names, created once there are many fields.</param>
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
