namespace Jobtree.Cli.Output;

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,

    /// <summary>For files.</summary>
    Yaml,
}

/// <summary>How a text is meant, shown as a color where there are colors.</summary>
internal enum Tone
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>Going well.</summary>
    Good,

    /// <summary>Worth a look.</summary>
    Notable,

    /// <summary>Failed or broken.</summary>
    Bad,

    /// <summary>Over, or beside the point.</summary>
    Faint,

    /// <summary>A heading.</summary>
    Strong,
}
