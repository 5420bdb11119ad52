namespace Jobtree.Cli.Output;

/// <summary>The output format of results.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,

    /// <summary>For files.</summary>
    Yaml,
}

/// <summary>The meaning of a text, shown as a color if colors are enabled.</summary>
internal enum Tone
{
    /// <summary>Neutral.</summary>
    Plain,

    /// <summary>Going well.</summary>
    Good,

    /// <summary>Needs attention.</summary>
    Notable,

    /// <summary>Failed or broken.</summary>
    Bad,

    /// <summary>Over, or secondary.</summary>
    Faint,

    /// <summary>A heading.</summary>
    Strong,
}
