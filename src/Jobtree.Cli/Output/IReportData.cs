namespace Jobtree.Cli.Output;

/// <summary>A result for programs.</summary>
internal interface IReportData
{
    /// <summary>The result as indented JSON, without a line break at its end.</summary>
    string Json();

    /// <summary>The result as YAML, ending in a line break.</summary>
    string Yaml();
}
