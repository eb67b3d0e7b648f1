/** Tells the second pass which virtual service a request is for where its host does not; App Mesh's own name. */
export const SERVICE_HEADER = 'x-app-mesh-virtual-service';

/** Tells the second pass which port of a virtual service is meant where a gateway uses several. */
export const PORT_HEADER = 'x-meshwright-target-port';
