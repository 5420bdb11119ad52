using Jobtree.Manifests.Tree;
using Jobtree.Core.Model;

namespace Jobtree.Manifests.Reading;

/// <summary>Decodes trees into manifests: dispatches on the kind and expands lists.</summary>
internal sealed class DocumentReader(ManifestReaderOptions options, ErrorLog errors)
{
    private const string KindList = "List";

    private static readonly string[] Kinds = ["Node", "Budget", "Run", "Reservation", "Lease", "Flavor",
        KindList];

    private static readonly Dictionary<string, string> OlderKinds = new(StringComparer.Ordinal)
    {
        ["Grant"] = "declare what it grants as an envelope of the owner's Budget, or lend it from another envelope "
            + "with lending",
        ["QuotaSnapshot"] = "leave it out; use is worked out from the leases, and 'budgets usage' shows it",
    };

    private static readonly Form<string> Kind = new(
        ValueKind.Text, "Node, Budget, Run, Reservation, Lease, Flavor or List", IsKind);

    private static readonly Form<string> ApiVersion = new(
        ValueKind.Text, $"{ManifestWriter.ApiVersion} (or v1 of another group)", IsApiVersion);

    private static readonly Form<string> ListVersion = new(
        ValueKind.Text, $"v1 or {ManifestWriter.ApiVersion}", IsListVersion);

    private readonly List<Manifest> manifests = [];
    private readonly Dictionary<(Type Kind, string Name), int> lines = [];

    public IReadOnlyList<Manifest> Manifests => manifests;

    /// <summary>Decodes one value of the text: a document, or a list of documents.</summary>
    /// <returns>Whether to continue with the next value.</returns>
    public bool Read(ManifestValue value)
    {
        if (value.Kind != ValueKind.List)
            return ReadDocument(value);
        foreach (var item in value.Items)
        {
            if (!ReadDocument(item))
                return false;
        }
        return true;
    }

    private bool ReadDocument(ManifestValue value)
    {
        var goesOn = ReadOne(value, "", mayBeList: true);
        errors.BeginDocument();
        return goesOn;
    }

    private bool ReadOne(ManifestValue value, string path, bool mayBeList)
    {
        (errors.Kind, errors.Name) = (null, null);
        if (value.Kind != ValueKind.Object)
        {
            errors.Add(value.Mark, path, "must be a mapping with apiVersion, kind, metadata and spec");
            return !errors.IsFull;
        }
        var document = FieldReader.Of(value, errors, path);
        if (value.Find("kind") is { Kind: ValueKind.Text } older && OlderKinds.TryGetValue(older.Text, out var instead))
        {
            document.Fail("kind", $"'{older.Text}' of the older Jobtree is not read any more: {instead}");
            return !errors.IsFull;
        }
        var kind = document.Required("kind", Kind);
        if (!document.IsSound)
            return !errors.IsFull;
        errors.Kind = kind;
        if (kind == KindList)
            return ReadList(value, document, path, mayBeList);
        errors.Name = value.Find("metadata")?.Find("name") is { Kind: ValueKind.Text } name && Names.IsName(name.Text)
            ? name.Text : null;
        document.Required("apiVersion", ApiVersion);
        var manifest = ReadKind(kind, value, document);
        document.Finish();
        Admit(manifest, value, document.IsSound);
        return !errors.IsFull;
    }

    private Manifest ReadKind(string kind, ManifestValue value, FieldReader document) => kind switch
    {
        "Node" => NodeReader.Read(document),
        "Budget" => BudgetReader.Read(document),
        "Run" => RunReader.Read(document, options.ReadStatus),
        "Reservation" => ReservationReader.Read(document),
        "Flavor" => FlavorReader.Read(document),
        _ => value.Find("spec")?.Find("slice") is null ? LeaseReader.Read(document) : GpuLeaseReader.Read(document),
    };

    private bool ReadList(ManifestValue value, FieldReader document, string path, bool allowed)
    {
        if (!allowed)
        {
            errors.Add(value.Mark, path, "must not be a List inside a List");
            return !errors.IsFull;
        }
        document.Required("apiVersion", ListVersion);
        document.Ignore("metadata", "items");
        document.Finish();
        if (value.Find("items") is not { Kind: ValueKind.List } items)
        {
            document.Fail("items", "is required: a list of documents");
            return !errors.IsFull;
        }
        for (var i = 0; i < items.Items.Length; i++)
        {
            if (!ReadOne(items.Items[i], $"items[{i}]", mayBeList: false))
                return false;
        }
        return true;
    }

    private void Admit(Manifest manifest, ManifestValue value, bool isSound)
    {
        if (manifests.Count >= options.DocumentsMax)
        {
            errors.Add(value.Mark, "", $"the text holds more than {options.DocumentsMax} documents; split it");
            errors.Close();
            return;
        }
        manifest.IsRead = isSound;
        var name = manifest.Identity;
        if (isSound && name is not null && !options.AllowsSameName
            && !lines.TryAdd((manifest.GetType(), name), value.Mark.Line))
            errors.Add(value.Mark, "",
                $"is the second document of this kind and name, after line {lines[(manifest.GetType(), name)]}; "
                + "keep one");
        manifests.Add(manifest);
    }

    private static bool IsKind(string text, out string kind)
    {
        kind = text == "GPULease" ? "Lease" : text;
        return Array.IndexOf(Kinds, kind) >= 0;
    }

    private static bool IsApiVersion(string text, out string version)
    {
        version = text;
        return text.EndsWith("/v1", StringComparison.Ordinal) && Names.IsName(text[..^3]);
    }

    private static bool IsListVersion(string text, out string version) =>
        text == (version = "v1") || IsApiVersion(text, out version);
}
