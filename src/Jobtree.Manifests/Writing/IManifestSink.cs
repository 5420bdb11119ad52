namespace Jobtree.Manifests.Writing;

/// <summary>Takes a document piece by piece; one implementation for each notation.</summary>
internal interface IManifestSink
{
    void StartObject();

    void EndObject();

    void StartList();

    void EndList();

    void Name(string name);

    void Text(string text);

    void Number(long number);

    void Number(double number);

    void Flag(bool flag);
}
