using System.Text;
using Jobtree.Cli.State;
using Jobtree.Cli.Tests.Fleet;

namespace Jobtree.Cli.Tests.Support;

/// <summary>
/// Runs command lines of the real tree in this process, with streams of its own and a folder of its own.
/// </summary>
internal sealed class CliBench : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("jobtree-cli-").FullName;

    public Dictionary<string, string> Variables { get; } = [];

    public int? Width { get; set; }

    public string Input { get; set; } = "";

    public TimeProvider Time { get; set; } = FixedTime.Noon;

    public StateFleetFactory Fleets { get; set; } = MemoryFleet.Create;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    /// <summary>Copies the sample fleet into the folder.</summary>
    public string WriteSample() => Write("cluster.yaml", File.ReadAllText(Stories.StoryFile.PathOf("cluster.yaml")));

    public Task<CliResult> Run(params string[] arguments) => Run(arguments, default);

    public async Task<CliResult> Run(string[] arguments, CancellationToken cancellation)
    {
        using var raw = new MemoryStream();
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(new MemoryStream(Encoding.UTF8.GetBytes(Input)), output, raw, error, Width);
        var exitCode = await CliApp.Run(
            arguments, new CliHost(terminal, Variables.GetValueOrDefault, Time, Fleets), cancellation);
        return new CliResult(exitCode, output.ToString() + Encoding.UTF8.GetString(raw.ToArray()), error.ToString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
