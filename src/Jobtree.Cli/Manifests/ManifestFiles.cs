using Jobtree.Actors.Operations;
using Jobtree.Core;
using Jobtree.Manifests;

namespace Jobtree.Cli.Manifests;

/// <summary>Reads the files of <c>-f</c>; a dash is standard input.</summary>
/// <param name="input">Standard input.</param>
internal sealed class ManifestFiles(Stream input)
{
    /// <summary>The maximum size of a file, in bytes.</summary>
    public static readonly int BytesMax = ManifestReaderOptions.Default.BytesMax;

    /// <summary>All documents of all files, in order, or all errors.</summary>
    public async Task<Result<IReadOnlyList<Manifest>>> Read(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var manifests = new List<Manifest>();
        var problems = new List<Problem>();
        foreach (var file in files)
        {
            if ((await Read(file, cancellation)).Succeeded(out var read, out var problem))
                manifests.AddRange(read);
            else
                problems.Add(problem);
        }
        return problems switch
        {
            [] when manifests.Count == 0 => new Problem(ProblemCode.Invalid, "There is no document to read."),
            [] => Results.Of<IReadOnlyList<Manifest>>(manifests),
            [var only] => only,
            _ => new Problem(
                ProblemCode.Invalid, $"{Counted.Are(problems.Count, "file")} not valid.",
                [.. problems.SelectMany(problem => problem.Errors ?? [problem.Detail])]),
        };
    }

    private async Task<Result<IReadOnlyList<Manifest>>> Read(string file, CancellationToken cancellation)
    {
        var source = file == "-" ? "standard input" : file;
        try
        {
            using var text = new MemoryStream();
            if (file == "-")
            {
                await CopyTo(input, text, cancellation);
            }
            else
            {
                await using var stream = new FileStream(
                    file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                await CopyTo(stream, text, cancellation);
            }
            return text.Length > BytesMax
                ? new Problem(ProblemCode.Invalid, $"{source} is larger than {BytesMax} bytes.")
                : ManifestText.ReadSubmission(text.GetBuffer().AsMemory(0, (int)text.Length), source);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Problem(ProblemCode.Invalid, $"There is no file {source}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new Problem(ProblemCode.Invalid, $"{source} cannot be read: {exception.Message}");
        }
    }

    // One byte beyond the limit is enough to detect an oversized file; an endless pipe is not read to its end.
    private static async Task CopyTo(Stream from, MemoryStream to, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while (to.Length <= BytesMax && (count = await from.ReadAsync(buffer, cancellation)) > 0)
            to.Write(buffer, 0, count);
    }
}
