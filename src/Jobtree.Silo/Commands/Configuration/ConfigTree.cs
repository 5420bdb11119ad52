using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Jobtree.Silo.Commands.Configuration;

/// <summary>
/// Reads the one YAML document of a configuration file. Anchors, aliases and tags are refused, and so is a name that is
/// given twice.
/// </summary>
internal sealed class ConfigTree
{
    private const int DepthMax = 5;

    private readonly string file;
    private readonly Parser parser;

    private ConfigTree(string file, string text) =>
        (this.file, parser) = (file, new Parser(new StringReader(text)));

    /// <summary>Reads the document; an empty file is an empty section.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="text">The file's text.</param>
    /// <exception cref="ArgumentException">The text is not such a document; the message names the line.</exception>
    public static ConfigNode Read(string file, string text)
    {
        try
        {
            return new ConfigTree(file, text).Document();
        }
        catch (YamlException malformed)
        {
            // The inner message is the reason; the outer one repeats the position.
            var reason = (malformed.InnerException ?? malformed).Message;
            throw new ArgumentException($"{file}:{malformed.Start.Line}: not valid YAML: {reason}");
        }
    }

    private ConfigNode Document()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
            return new ConfigNode(1, Members: []);
        parser.Consume<DocumentStart>();
        var root = Node(1);
        parser.Consume<DocumentEnd>();
        if (!parser.Accept<StreamEnd>(out _))
            throw At(parser.Current!, "the file has a second document; one is allowed");
        return root switch
        {
            { Members: not null } => root,
            { Text: "" } => root with { Text = null, Members = [] },
            _ => throw new ArgumentException($"{file}:{root.Line}: expected settings, each 'name: value'"),
        };
    }

    private ConfigNode Node(int depth)
    {
        if (depth > DepthMax)
            throw At(parser.Current!, "the settings are nested too deeply");
        if (parser.Accept<AnchorAlias>(out _) || parser.Accept<NodeEvent>(out var node)
            && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty))
            throw At(parser.Current!, "anchors, aliases and tags are not allowed");
        if (parser.TryConsume<Scalar>(out var scalar))
            return new ConfigNode(scalar.Start.Line, Text: scalar.Value);
        return parser.TryConsume<SequenceStart>(out var list) ? List(list, depth)
            : Section(parser.Consume<MappingStart>(), depth);
    }

    private ConfigNode List(SequenceStart begin, int depth)
    {
        var items = new List<ConfigNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new ConfigNode(begin.Start.Line, Items: items);
    }

    private ConfigNode Section(MappingStart begin, int depth)
    {
        var members = new List<ConfigMember>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var name))
                throw At(parser.Current!, "a name must be plain text");
            if (members.Any(member => member.Name == name.Value))
                throw At(name, $"'{name.Value}' is given twice");
            members.Add(new ConfigMember(name.Value, name.Start.Line, Node(depth + 1)));
        }
        return new ConfigNode(begin.Start.Line, Members: members);
    }

    private ArgumentException At(ParsingEvent here, string problem) => new($"{file}:{here.Start.Line}: {problem}.");
}
